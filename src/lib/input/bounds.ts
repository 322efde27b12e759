import { InputError, UnknownError } from '../errors.js';
import type { FieldPath, HTTPRouteGroup, Locate, Resource } from '../resources/types.js';
import { inspectionSteps } from '../simulator/envoy/re2.js';
import { shortened } from '../text/shorten.js';

/** More ports than any policy has; the exact answers take seconds with so many. */
const MAX_PORTS = 2_000;
/** The same for ServiceAccounts, each of which has a proxy that is looked at. */
const MAX_SOURCES = 10_000;
/** The same for virtual hosts: each host on each http port is one. */
const MAX_VIRTUAL_HOSTS = 50_000;
/** The same for the routes of a group. */
const MAX_ROUTES = 5_000;

/** Elementary steps for the regular expressions of all route groups together: about two seconds, or one pattern that takes all it may. */
const MAX_REGEX_STEPS = 20_000_000;

/** What takes more than some thousand steps repeats by a number, or is long. */
const MAY_BE_COSTLY = /\{\d|^[^]{1000}/;

/**
 * Sees to it that the objects can be answered about in bounded time.
 * @throws InputError for an object of a file, UnknownError for one of a cluster, with the limit
 */
export function requireBounded({ objects, locate }: { objects: readonly Resource[]; locate: Locate }): void {
  let steps = 0;
  const inspected = new Set<string>();
  for (const object of objects) {
    for (const [field, count, what, limit] of countsOf(object)) {
      if (count > limit)
        throw overLimit(object, ['spec', field], locate, `has ${count} ${what}; osm-ts reads ${limit} in one object`);
    }
    if (object.kind !== 'HTTPRouteGroup') continue;
    for (const { pattern, path } of patternsOf(object)) {
      if (!MAY_BE_COSTLY.test(pattern) || inspected.has(pattern)) continue;
      inspected.add(pattern);
      steps += inspectionSteps(pattern);
      if (steps <= MAX_REGEX_STEPS) continue;
      const what = `the regular expressions up to ${JSON.stringify(shortened(pattern, 60))} take more than ${MAX_REGEX_STEPS} steps to analyse`;
      throw overLimit(object, path, locate, `is too complex: ${what}`);
    }
  }
}

function countsOf(object: Resource): readonly (readonly [field: string, count: number, what: string, limit: number])[] {
  if (object.kind === 'HTTPRouteGroup') return [['matches', object.spec.matches.length, 'matches', MAX_ROUTES]];
  if (object.kind !== 'Egress') return [];
  const { ports, sources, hosts = [] } = object.spec;
  const httpPorts = ports.filter(({ protocol }) => protocol.toLowerCase() === 'http').length;
  return [
    ['ports', ports.length, 'ports', MAX_PORTS],
    ['sources', sources.length, 'sources', MAX_SOURCES],
    ['hosts', hosts.length * httpPorts, 'hosts on ports of http', MAX_VIRTUAL_HOSTS],
  ];
}

function* patternsOf({ spec }: HTTPRouteGroup): Generator<{ pattern: string; path: FieldPath }> {
  for (const [index, { pathRegex, headers = [] }] of spec.matches.entries()) {
    const match = ['spec', 'matches', index];
    if (pathRegex) yield { pattern: pathRegex, path: [...match, 'pathRegex'] };
    for (const [item, header] of headers.entries()) {
      for (const [name, pattern] of Object.entries(header)) yield { pattern, path: [...match, 'headers', item, name] };
    }
  }
}

function overLimit(object: Resource, path: FieldPath, locate: Locate, what: string): InputError | UnknownError {
  const { kind, metadata } = object;
  const message = `${kind} ${metadata.namespace}/${metadata.name} ${what}`;
  const place = locate(object, path);
  const hint =
    path.length === 2 ? 'leave some out, or split the object' : 'repeat less by numbers: {1,9} in {1,9} is 81 copies';
  return place ? new InputError(message, place, hint) : new UnknownError(message, hint);
}
