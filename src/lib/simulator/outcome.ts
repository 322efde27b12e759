import type { Target } from './request/types.js';

/** What the client sees. Egress semantics §6. */
export type OutcomeClass = 'refused' | 'closed' | 'tls-error' | 'http' | 'reached' | 'mesh' | 'unresolved' | 'stalled';

export interface Outcome {
  readonly class: OutcomeClass;
  /** Exit codes that curl may end with, the likeliest first; empty for another client, and for what is not HTTP. */
  readonly curlExitCodes: readonly number[];
  /** Set when Envoy itself answers. */
  readonly httpStatus: number | null;
  /** Who ends the story: the pod's kernel, Envoy, the server, or the client's own resolver. */
  readonly from: 'kernel' | 'envoy' | 'upstream' | 'resolver';
  readonly delaySeconds: number;
}

export function isAllowed(outcome: Outcome): boolean {
  return outcome.class === 'reached' || outcome.class === 'mesh';
}

const FROM: Record<OutcomeClass, Outcome['from']> = {
  refused: 'kernel',
  closed: 'envoy',
  'tls-error': 'envoy',
  http: 'envoy',
  reached: 'upstream',
  mesh: 'upstream',
  unresolved: 'resolver',
  stalled: 'envoy',
};

const outcomes = new Map<string, Outcome>();

/** The outcome of a class for a target; outcomes are shared, so equal ones are identical. */
export function outcomeOf(
  target: Target,
  outcomeClass: OutcomeClass,
  httpStatus: number | null = null,
  delaySeconds = 0,
): Outcome {
  const key = `${outcomeClass} ${httpStatus} ${delaySeconds} ${target.scheme} ${target.failOnHttpError} ${target.http?.version} ${target.notCurl} ${target.throughProxy?.asked}`;
  let outcome = outcomes.get(key);
  if (!outcome) {
    const curlExitCodes = curlExitCodesFor(target, outcomeClass, httpStatus);
    outcome = Object.freeze({ class: outcomeClass, curlExitCodes, httpStatus, from: FROM[outcomeClass], delaySeconds });
    outcomes.set(key, outcome);
  }
  return outcome;
}

function curlExitCodesFor(target: Target, outcomeClass: OutcomeClass, httpStatus: number | null): readonly number[] {
  if (target.throughProxy && !target.notCurl) return exitCodesAtProxy(target, outcomeClass, httpStatus);
  return exitCodesOf(target, outcomeClass, httpStatus);
}

/** What curl makes of a proxy that it does not get to; the rest is as without one. */
function exitCodesAtProxy(target: Target, outcomeClass: OutcomeClass, httpStatus: number | null): readonly number[] {
  const { asked } = target.throughProxy!;
  if (outcomeClass === 'unresolved') return [5];
  if (outcomeClass === 'refused') return [7];
  if (outcomeClass === 'reached' || outcomeClass === 'mesh') return [];
  if (asked === 'socks') return [97];
  if (target.tls) return [35];
  return asked === 'connect' ? [56] : exitCodesOf(target, outcomeClass, httpStatus);
}

function exitCodesOf(target: Target, outcomeClass: OutcomeClass, httpStatus: number | null): readonly number[] {
  if (target.notCurl || !target.http) return [];
  switch (outcomeClass) {
    case 'unresolved':
      return [6];
    case 'refused':
      return [7];
    case 'closed':
      if (target.scheme === 'https') return [35];
      return target.http.version === '2' ? [56, 52, 55, 16] : [56, 52, 55];
    case 'tls-error':
      return [35];
    case 'stalled':
      // only with a time limit of the client's own
      return [28];
    case 'http':
      return target.failOnHttpError && httpStatus !== null && httpStatus >= 400 ? [22] : [0];
    case 'reached':
    case 'mesh':
      // the server's own status is not known here
      return target.failOnHttpError ? [0, 22] : [0];
  }
}
