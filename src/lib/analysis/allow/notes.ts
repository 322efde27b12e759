import type { Egress, HTTPMatch, HTTPRouteGroup, Resource } from '../../resources/types.js';
import { matchesAnyAddress } from '../../simulator/envoy/filter-chain-match.js';
import { fieldRef, nameOf } from '../../simulator/world.js';
import { delayOf } from './cost.js';
import type { Draft } from './draft.js';
import { hasPort, isSource, rangesOf } from './moves/policy-edits.js';
import { withoutZeroRange } from './moves/policy-repairs.js';
import { isNameableMethod } from './moves/routes.js';
import { targetsUsing } from './names.js';
import { policyHostFor } from './protocols.js';
import { pathPattern } from './regex-quote.js';
import type { Situation, Wish } from './situation.js';
import type { PlanNote } from './types.js';

/** What a person should know about a change, or about a request that needs none. */
export function notesOn(after: Situation, before?: Situation): PlanNote[] {
  const notes: PlanNote[] = [];
  const seconds = delayOf(after);
  if (seconds) notes.push({ code: 'delay', seconds });
  if (!before) return notes;
  return [
    ...notes,
    ...detourNotes(after),
    ...addressNotes(after),
    ...routeNotes(after),
    ...refusalNotes(before, after),
    ...takenAwayNotes(after),
  ];
}

function detourNotes({ draft: { detour }, wish: { target, simulation } }: Situation): PlanNote[] {
  if (!detour) return [];
  const host = target.scheme === 'http' ? policyHostFor(target)?.toLowerCase() : undefined;
  const isLost = detour === 'nothing-else-works' && host !== undefined && simulation.resolve?.(host) === 'not-found';
  return [{ code: 'tcp-instead', why: isLost ? 'host-cannot-resolve' : detour }];
}

function addressNotes({ wish, verdict, draft, addresses }: Situation): PlanNote[] {
  const { target } = wish;
  const notes: PlanNote[] = [];
  const reached = verdict.ending?.destination;
  const dialled = target.dial.host;
  if (reached && reached.host.toLowerCase() !== dialled.toLowerCase()) {
    if (!addresses.some((address) => address === reached.address)) {
      notes.push({ code: 'goes-elsewhere', dialled, reached: reached.address ?? reached.host });
    }
  }
  const newRanges = [...draft.originals.keys(), ...draft.created].flatMap((object) => {
    if (object.kind !== 'Egress') return [];
    const original = draft.originals.get(object);
    const known = original?.kind === 'Egress' ? (original.spec.ipAddresses ?? []) : [];
    return (object.spec.ipAddresses ?? []).filter((range) => !known.includes(range));
  });
  const isName = !addresses.includes(dialled);
  const pinned = addresses.filter((address) => newRanges.includes(`${address}/32`));
  if (isName && pinned.length > 0) notes.push({ code: 'pinned-address', host: dialled, addresses: pinned });
  if (opensTcpToAnywhere(draft, wish)) notes.push({ code: 'any-address', host: dialled });
  return notes;
}

/** Does a policy let the source send any bytes to every address of the port, and did not before? */
function opensTcpToAnywhere({ created, originals }: Draft, { source, target }: Wish): boolean {
  const opens = (policy: Egress) =>
    policy.spec.sources.some((entry) => isSource(entry, source)) &&
    ['tcp', 'tcp-server-first'].some((protocol) => hasPort(policy, target.dial.port, protocol)) &&
    matchesAnyAddress(rangesOf(withoutZeroRange(policy)));
  const isOpen = (object: Resource | undefined) => object?.kind === 'Egress' && opens(object);
  return created.some(isOpen) || [...originals].some(([after, before]) => isOpen(after) && !isOpen(before));
}

function routeNotes({ wish: { target }, draft }: Situation): PlanNote[] {
  const { http } = target;
  if (!http) return [];
  const path = http.path.replace(/\?.*/s, '');
  const written = newMatches({ draft });
  const notes: PlanNote[] = [];
  const pattern = written.find(({ pathRegex }) => pathRegex !== undefined && pathRegex.endsWith('.*'))?.pathRegex;
  if (pattern !== undefined && !pathPattern(path).exact) notes.push({ code: 'path-prefix', pathRegex: pattern });
  if (written.some(({ methods }) => methods === undefined) && !isNameableMethod(http.method)) {
    notes.push({ code: 'any-method', method: http.method });
  }
  for (const after of [...draft.originals.keys(), ...draft.created]) {
    if (after.kind === 'HTTPRouteGroup' && countsForMesh(after, draft)) {
      notes.push({ code: 'route-group-shared-with-mesh', group: nameOf(after) });
    }
  }
  return notes;
}

/** Does a TrafficTarget name a match that is changed? Those that it does not name do not count for it. */
function countsForMesh(after: HTTPRouteGroup, { originals, world }: Draft): boolean {
  const before = originals.get(after);
  const [old, now] = [before?.kind === 'HTTPRouteGroup' ? before.spec.matches : [], after.spec.matches];
  const changed = new Set(
    [...old, ...now].filter((match) => !old.includes(match) || !now.includes(match)).map(({ name }) => name),
  );
  const named = targetsUsing(after, world).flatMap(({ spec }) =>
    spec.rules!.filter(({ name }) => name === after.metadata.name),
  );
  return named.some(({ matches = [] }) => matches.some((name) => changed.has(name)));
}

function newMatches({ draft }: Pick<Situation, 'draft'>): HTTPMatch[] {
  return [...draft.originals.keys(), ...draft.created].flatMap((object) => {
    if (object.kind !== 'HTTPRouteGroup') return [];
    const before = draft.originals.get(object);
    const known = new Set(before?.kind === 'HTTPRouteGroup' ? before.spec.matches : []);
    return object.spec.matches.filter((match) => !known.has(match));
  });
}

function refusalNotes({ simulation: was }: Situation, { simulation: is }: Situation): PlanNote[] {
  if (was.listenerState === 'refused') return [{ code: 'was-refused', what: 'listener' }];
  const repaired = [...was.routeRefusals.keys()].some((name) => !is.routeRefusals.has(name));
  return repaired ? [{ code: 'was-refused', what: 'routes' }] : [];
}

function takenAwayNotes({ draft }: Situation): PlanNote[] {
  if (draft.takenAway === 0) return [];
  const notes: PlanNote[] = [];
  for (const [after, before] of draft.originals) {
    if (before.kind === 'HTTPRouteGroup' && after.kind === 'HTTPRouteGroup') {
      // names need not differ, and a method may have been added
      const keyOf = ({ name, pathRegex, headers }: HTTPMatch) => JSON.stringify([name, pathRegex, headers]);
      const left = new Set(after.spec.matches.map(keyOf));
      before.spec.matches.forEach((match, index) => {
        if (!left.has(keyOf(match))) {
          notes.push({ code: 'takes-away', at: fieldRef(before, 'spec', 'matches', index) });
        }
      });
    }
    if (before.kind !== 'Egress' || after.kind !== 'Egress') continue;
    for (const field of ['sources', 'hosts', 'ipAddresses', 'ports'] as const) {
      const left = new Set((after.spec[field] ?? []).map((item) => JSON.stringify(item).toLowerCase()));
      (before.spec[field] ?? []).forEach((item, index) => {
        if (!left.has(JSON.stringify(item).toLowerCase())) {
          notes.push({ code: 'takes-away', at: fieldRef(before, 'spec', field, index) });
        }
      });
    }
  }
  return notes;
}
