import type { DiffAnswer } from '../../egress/diff.js';
import { mayAllowMore, mayDenyMore, type Effect } from '../../analysis/compare/index.js';
import type { Constraint } from '../../analysis/request-space/types.js';
import type { Ending, Verdict } from '../../simulator/verdict.js';
import type { Locate } from '../../resources/types.js';
import { endText } from '../../wording/diff.js';
import { sourceText } from '../../wording/policy.js';
import { effectDocument, undecidedDocument } from '../effect-document.js';
import { firstOf, objectDocument } from '../explain/document.js';

/** `kind: EgressDiff`, described by schemas/egress-diff.json. */
export function diffDocument(answer: DiffAnswer) {
  const { old, now, effects, undecided, sources, locate } = answer;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressDiff',
    old,
    new: now,
    sources,
    same: effects.length === 0 && undecided.length === 0,
    allowsMore: effects.some(mayAllowMore),
    deniesMore: effects.some(mayDenyMore),
    differences: bySource(effects).map(([first, ofSources]) => differenceDocument(first, ofSources, locate)),
    undecided: undecided.map((one) => undecidedDocument(one, locate)),
  };
}

/** The same class of several sources is told once; each has its own objects only where they differ. */
function bySource(effects: readonly Effect[]): [Effect, string[]][] {
  const found = new Map<unknown, [Effect, string[]]>();
  for (const effect of effects) {
    const known = found.get(effect.class);
    if (known) known[1].push(sourceText(effect.source));
    else found.set(effect.class, [effect, [sourceText(effect.source)]]);
  }
  return [...found.values()];
}

function differenceDocument(effect: Effect, sources: readonly string[], locate: Locate) {
  const { requests: text, command, allowedBy } = effectDocument(effect, locate);
  const { kind, class: requests, before, after } = effect;
  return {
    kind,
    sources,
    requests: text,
    command,
    allowedBy,
    constraints: requests.constraints.map(constraintDocument),
    before: verdictDocument(effect, before, locate),
    after: verdictDocument(effect, after, locate),
  };
}

function constraintDocument({ dimension, parts }: Constraint) {
  return {
    dimension,
    parts: parts.map(({ name, terms, rest }) => terms?.map((term) => ({ ...term })) ?? (rest ? { rest: true } : name)),
  };
}

function verdictDocument({ class: { witness } }: Effect, verdict: Verdict, locate: Locate) {
  const endings: readonly Ending[] = verdict.ending ? [verdict.ending] : verdict.alternatives;
  return {
    verdict: verdict.verdict,
    message: endText(witness, verdict),
    decidedBy: firstOf(endings.flatMap(({ decidedBy }) => decidedBy)).map((ref) => objectDocument(ref, locate)),
  };
}
