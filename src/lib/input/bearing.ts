import type { NoBearing } from '../resources/collect.js';
import type { Resource } from '../resources/types.js';
import { isPlain } from '../text/plain-data.js';

/**
 * Which faulty objects change nothing about the requests of clients in these namespaces: policies of clients elsewhere, and what
 * only such policies refer to. Whatever else is faulty may decide: a service, for example, takes requests from any policy.
 */
export function noBearingOn(clients: readonly string[]): NoBearing {
  const isClient = (namespace: unknown): boolean => typeof namespace !== 'string' || clients.includes(namespace);
  return ({ kind, namespace, value }, objects) => {
    if (kind === 'Egress') return sourcesOf(value)?.some((source) => isClient(source['namespace'])) === false;
    if (kind === 'ServiceAccount') return !isClient(namespace);
    if (kind !== 'HTTPRouteGroup' && kind !== 'UpstreamTrafficSetting') return false;
    return !objects.some((object) => object.metadata.namespace === namespace && refersTo(object, isClient));
  };
}

/** May the object be one for a client that refers to others of its namespace? */
function refersTo(object: Resource, isClient: (namespace: unknown) => boolean): boolean {
  if (object.kind === 'Egress') return object.spec.sources.some(({ namespace }) => isClient(namespace));
  return object.kind === 'TrafficTarget' || object.kind === 'Service';
}

/** Undefined when they cannot be told. */
function sourcesOf({ spec }: Readonly<Record<string, unknown>>): readonly Record<string, unknown>[] | undefined {
  const sources = isPlain(spec) ? spec['sources'] : undefined;
  return Array.isArray(sources) && sources.every(isPlain) ? sources : undefined;
}
