/** Policy tests in words: what was expected, and what turned up. */
import type { CounterExample, Exactness } from '../analysis/policy-test/exactly.js';
import type { CoveredKind } from '../analysis/policy-test/coverage.js';
import type { Expectation, NamedObject } from '../analysis/policy-test/expectation.js';
import type { Undecided } from '../analysis/request-space/types.js';
import { endingsOf, type Verdict } from '../simulator/verdict.js';
import { undecidedText } from './reach.js';
import { objectName } from './verdict.js';

/** `denied, status 404, decided by Egress curl/httpbin` */
export function expectationText(expected: Expectation): string {
  const { verdict, class: outcomeClass, status, curlExitCode, decidedBy } = expected;
  const by = decidedBy?.length === 0 ? 'nothing' : decidedBy?.map(namedText).join(' and ');
  return fieldsText([
    verdict,
    labelled('class', outcomeClass),
    labelled('status', status),
    labelled('curl exit code', curlExitCode),
    labelled('decided by', by),
  ]);
}

/** The same of a verdict, as far as the expectation asks. */
export function foundText(expected: Expectation, verdict: Verdict): string {
  const endings = endingsOf(verdict);
  const either = (texts: readonly (string | number | null)[]) =>
    [...new Set(texts.map((text) => text ?? 'none'))].join(' or ');
  const asked = <T>(field: T | undefined, text: () => string): string | undefined =>
    field === undefined || endings.length === 0 ? undefined : text();
  return fieldsText([
    verdict.verdict,
    asked(expected.class, () => `class ${either(endings.map(({ outcome }) => outcome.class))}`),
    asked(expected.status, () => `status ${either(endings.map(({ outcome }) => outcome.httpStatus))}`),
    asked(
      expected.curlExitCode,
      () => `curl exit code ${either(endings.map(({ outcome }) => outcome.curlExitCodes.join(' or ') || null))}`,
    ),
    asked(expected.decidedBy, () => {
      const names = endings.map(({ decidedBy }) => [...new Set(decidedBy.map(objectName))].join(' and ') || 'nothing');
      return `decided by ${either(names)}`;
    }),
  ]);
}

function labelled(label: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${label} ${value}`;
}

function fieldsText(fields: readonly (string | undefined)[]): string {
  return fields.filter((field) => field !== undefined).join(', ');
}

function namedText({ kind, namespace, name }: NamedObject): string {
  return `${kind === undefined ? '' : `${kind} `}${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

export function patternsText(count: number): string {
  if (count === 0) return 'nothing allowed';
  return `exactly what ${count} ${count === 1 ? 'pattern describes' : 'patterns describe'}`;
}

/** A request that is allowed and should not be, or the other way round. */
export function counterExampleText({ class: { witness }, verdict: { verdict } }: CounterExample): string {
  return `${verdict}: ${witness.command}`;
}

/** Why it is not known whether all requests are as they should be. */
export function undecidedExactnessText({ undecided, unknown }: Extract<Exactness, { holds: 'undecided' }>): string {
  if (undecided.length > 0) return undecidedRegionsText(undecided);
  return unknown ? `not known: ${unknown.class.witness.command}` : 'not known: the source is in another mesh';
}

export function undecidedRegionsText(undecided: readonly Undecided[]): string {
  const [first, ...others] = undecided;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return first ? `${undecidedText(first)}${more}` : 'not known: the source is in another mesh';
}

const KINDS: Readonly<Record<CoveredKind, readonly [one: string, several: string]>> = {
  policy: ['policy', 'policies'],
  port: ['port', 'ports'],
  host: ['host', 'hosts'],
  route: ['route', 'routes'],
};

/** `3 of 4 ports` */
export function coveredText(kind: CoveredKind, covered: number, all: number): string {
  return `${covered} of ${all} ${KINDS[kind][all === 1 ? 0 : 1]}`;
}

/** Rounded down, so that what is not whole does not look so. */
export function percentText(percent: number): string {
  return `${Math.floor(percent * 10) / 10}%`;
}
