import type { Locate } from '../resources/types.js';
import type { PolicyCheck } from '../analysis/inspect/check.js';
import type { Effect } from '../analysis/compare/index.js';
import type { AnyFinding } from '../analysis/lint/rules/index.js';
import { objectName } from './verdict.js';
import { findingText } from './findings.js';
import { classLines, effectLines, isTold, nothingElseText, toldOnce, undecidedText } from './effects.js';
import { placeText, refusalLines } from './policy.js';

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
  return { what: 'it would deny requests that other policies allow', details: shownEffects(breaks, locate), hint };
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
    case 'own-port-unknown':
      return 'give the port of the Service a targetPort that its pods have, or take it out';
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
  const told = toldOnce(effects, locate);
  const lines = told.slice(0, SHOWN).flatMap((one) => effectLines(one, locate));
  return told.length > SHOWN ? [...lines, `… and ${told.length - SHOWN} more`] : lines;
}

/** Everything else that is worth knowing before a policy is created, the most serious first. */
export function warningsAbout(check: PolicyCheck, locate: Locate): string[] {
  const { policy, report, traps, captures, moves, losses, varies, refusals, comparison } = check;
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
    ...group('of these requests it becomes uncertain whether they are allowed, or in which way:', varies, locate),
    ...comparison.undecided.map((one) => undecidedText(one, locate)),
  ];
}

/** All that the policy does to requests, besides what is warned of or objected to. */
export function summaryOf({ policy, comparison }: PolicyCheck): string {
  const allows = comparison.effects.filter(({ kind }) => kind === 'starts');
  const name = objectName({ object: policy });
  const rest = nothingElseText(
    comparison,
    comparison.effects.some(({ kind }) => isTold(kind)),
  );
  if (allows.length === 0) return `${name} allows nothing that is not allowed already; ${rest}`;
  return [`${name} allows what is not allowed so far:`, ...classLines(allows, SHOWN), rest].join('\n  ');
}

function group(title: string, effects: readonly Effect[], locate: Locate): string[] {
  return effects.length === 0 ? [] : [[title, ...shownEffects(effects, locate)].join('\n  ')];
}
