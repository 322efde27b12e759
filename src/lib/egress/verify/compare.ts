import { isAllowed } from '../../simulator/outcome.js';
import { endingsOf, type Ending, type Verdict } from '../../simulator/verdict.js';
import type { Observation } from './observe.js';

/** A server whose certificate curl does not trust was reached all the same: curl's exit codes for what is wrong with it. */
const CERTIFICATE: ReadonlySet<number> = new Set([51, 53, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91]);
/** curl's exit codes for servers and networks that fail: no connection, no time left, nothing or half an answer. */
const SERVER_FAILS: ReadonlySet<number> = new Set([7, 18, 28, 35, 52, 55, 56, 92]);
/** What Envoy answers for a server that it cannot reach. */
const UNREACHABLE: ReadonlySet<number> = new Set([503, 504]);

/** Is what was seen one of the ways in which the request may end, by a verdict? */
export function fits(verdict: Verdict, seen: Observation): boolean {
  return endingsOf(verdict).some((ending) => isSuch(ending, seen));
}

function isSuch({ outcome }: Ending, { exitCode, httpStatus, fromEnvoy }: Observation): boolean {
  if (isAllowed(outcome)) {
    if (CERTIFICATE.has(exitCode)) return true;
    return httpStatus !== null && !fromEnvoy && outcome.curlExitCodes.includes(exitCode);
  }
  if (outcome.class === 'http') return fromEnvoy && httpStatus === outcome.httpStatus;
  return httpStatus === null && outcome.curlExitCodes.includes(exitCode);
}

/** The way is free by a verdict, and what was seen is what a server or network that fails looks like. */
export function isFailureOfServer(verdict: Verdict, { exitCode, httpStatus, fromEnvoy }: Observation): boolean {
  if (!endingsOf(verdict).some(({ outcome }) => isAllowed(outcome))) return false;
  if (httpStatus !== null) return fromEnvoy && UNREACHABLE.has(httpStatus);
  return SERVER_FAILS.has(exitCode);
}
