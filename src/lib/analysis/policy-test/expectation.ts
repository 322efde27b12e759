/** What a test expects of a request, and whether a verdict meets it. */
import type { FieldRef, KubernetesObject } from '../../resources/types.js';
import { isAllowed, type OutcomeClass } from '../../simulator/outcome.js';
import { endingsOf, type Ending, type Verdict, type VerdictWord } from '../../simulator/verdict.js';

/** An object as a test names it; what is absent may be anything. */
export interface NamedObject {
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What is absent is not asked for. */
export interface Expectation {
  readonly verdict?: VerdictWord | undefined;
  readonly class?: OutcomeClass | undefined;
  /** Of Envoy's own answer. */
  readonly status?: number | undefined;
  readonly curlExitCode?: number | undefined;
  /** All of them take part in the decision; empty: nothing does. */
  readonly decidedBy?: readonly NamedObject[] | undefined;
}

/** `undecided`: whether it holds depends on what the input does not tell, or on chance. */
export type Judgement = 'passed' | 'failed' | 'undecided';

/** Does a verdict meet an expectation? Of several endings all must, and where none does it is not met. */
export function judge(expected: Expectation, verdict: Verdict): Judgement {
  if (expected.verdict === 'unpredictable' || expected.verdict === 'unknown')
    return verdict.verdict === expected.verdict ? 'passed' : 'failed';
  const endings = endingsOf(verdict);
  const isOpen = verdict.obstacles.length > 0 || endings.length === 0;
  if (isOpen) return 'undecided';
  const met = endings.filter((ending) => meets(ending, expected)).length;
  if (met === endings.length) return 'passed';
  return met === 0 ? 'failed' : 'undecided';
}

function meets({ outcome, decidedBy }: Ending, expected: Expectation): boolean {
  const { verdict, class: outcomeClass, status, curlExitCode, decidedBy: wanted } = expected;
  return (
    (verdict === undefined || isAllowed(outcome) === (verdict === 'allowed')) &&
    (outcomeClass === undefined || outcome.class === outcomeClass) &&
    (status === undefined || outcome.httpStatus === status) &&
    (curlExitCode === undefined || outcome.curlExitCodes.includes(curlExitCode)) &&
    (wanted === undefined || isDecidedBy(decidedBy, wanted))
  );
}

function isDecidedBy(refs: readonly FieldRef[], wanted: readonly NamedObject[]): boolean {
  if (wanted.length === 0) return refs.length === 0;
  return wanted.every((one) => refs.some(({ object }) => isNamed(object, one)));
}

function isNamed({ kind, metadata }: KubernetesObject, wanted: NamedObject): boolean {
  return (
    metadata.name === wanted.name &&
    (wanted.kind === undefined || kind === wanted.kind) &&
    (wanted.namespace === undefined || metadata.namespace === wanted.namespace)
  );
}
