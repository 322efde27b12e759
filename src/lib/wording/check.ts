import type { Locate } from '../resources/types.js';
import type { PolicyCheck } from '../analysis/inspect/check.js';
import type { Effect } from '../analysis/inspect/compare.js';
import type { AnyFinding } from '../analysis/lint/rules/index.js';
import { objectName } from './verdict.js';
import { findingText } from './findings.js';
import { effectLines, placeText, refusalLines } from './policy.js';

/** Requests that are shown before the rest is only counted. */
const SHOWN = 5;
const MAX_LINES = 20;

/** Why a policy had better not be created, with a next step. */
export interface Objection {
  /** One clause. */
  readonly what: string;
  readonly details: readonly string[];
  readonly hint: string;
}

/** What Envoy would refuse, and the requests that other policies would not allow any more; undefined when there is nothing. */
export function objectionTo({ refusals, breaks }: PolicyCheck, locate: Locate): Objection | undefined {
  const hint = 'change the policy; to create it all the same, add --force';
  if (refusals.length > 0) {
    const lines = firstOfEach(refusals, locate).flatMap((refusal) => refusalLines(refusal, locate));
    const more = lines.length > MAX_LINES ? [`… and ${lines.length - MAX_LINES} more lines`] : [];
    return {
      what: 'Envoy would refuse its configuration',
      details: [...lines.slice(0, MAX_LINES), ...more],
      hint: `${remedy(refusals[0]!.refusal.code)}\n${hint}`,
    };
  }
  if (breaks.length === 0) return undefined;
  const count = breaks.length === 1 ? 'a request that another policy allows' : 'requests that other policies allow';
  return { what: `it would deny ${count}`, details: shownEffects(breaks, locate), hint };
}

/** The same two fields often clash more than once: `a.com` and `a.com:80` are two domains of one host. */
function firstOfEach(refusals: PolicyCheck['refusals'], locate: Locate): PolicyCheck['refusals'] {
  const byPlace = new Map<string, PolicyCheck['refusals'][number]>();
  for (const refusal of refusals) {
    const { source, port, at } = refusal;
    const key = JSON.stringify([source, port, at.map((ref) => placeText(ref, locate))]);
    if (!byPlace.has(key)) byPlace.set(key, refusal);
  }
  return [...byPlace.values()];
}

function remedy(code: PolicyCheck['refusals'][number]['refusal']['code']): string {
  switch (code) {
    case 'duplicate-domain':
      return 'a host and port can be in one policy for a source only: extend that policy instead, as osm-ts egress allow does';
    case 'duplicate-match':
      return 'give the two different hosts or address ranges, or put everything into one policy';
    case 'server-name-wildcard':
      return 'write *.domain';
    case 'zero-weight':
      return 'give every backend of the TrafficSplit a weight, or leave it out';
    case 'connect-timeout':
      return 'give the UpstreamTrafficSetting a connectTimeout above 0';
    case 'regex':
      return 'simplify the regular expression of the HTTPRouteGroup';
    case 'undecodable':
      return 'give every header a name and a regular expression, hosts no line breaks, and TrafficSplits a backend that counts';
  }
}

/** Requests with what becomes of them, a few of many. */
export function shownEffects(effects: readonly Effect[], locate: Locate): string[] {
  const lines = effects.slice(0, SHOWN).flatMap((effect) => effectLines(effect, locate));
  return effects.length > SHOWN ? [...lines, `… and ${effects.length - SHOWN} more`] : lines;
}

/** Everything else that is worth knowing before a policy is created, the most serious first. */
export function warningsAbout(check: PolicyCheck, locate: Locate): string[] {
  const { policy, report, traps, captures, moves, losses, refusals, complete } = check;
  const isRefusal = ({ rule }: AnyFinding): boolean => /^(listener|routes|clusters)-/.test(rule);
  const reasons = report.reasons.filter((reason) => refusals.length === 0 || !isRefusal(reason));
  return [
    ...reasons.map((reason) => {
      const at = reason.at
        .map((ref) => placeText(ref, locate))
        .filter((place) => !place.startsWith(`${objectName({ object: policy })} `));
      return `${findingText(reason)}${at.length > 0 ? `: ${[...new Set(at)].join(', ')}` : ''}`;
    }),
    ...traps.map(findingText),
    ...group('mesh-wide egress lets these requests leave so far, and they are denied from now on:', captures, locate),
    ...group('requests that another policy allows go to another place from now on:', moves, locate),
    ...group('requests that the policy allows so far are not allowed any more:', losses, locate),
    ...(complete ? [] : ['there are too many policies to try every request: only a part of the others was checked']),
  ];
}

function group(title: string, effects: readonly Effect[], locate: Locate): string[] {
  return effects.length === 0 ? [] : [[title, ...shownEffects(effects, locate)].join('\n  ')];
}
