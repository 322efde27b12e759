import { isAllowed, type Outcome } from '../../simulator/outcome.js';
import { endingsOf, type Ending, type Verdict } from '../../simulator/verdict.js';
import type { Target } from '../../simulator/request/index.js';
import type { ConnectionState } from '../../wording/observation.js';
import { CERTIFICATE, type Observation } from './observe.js';

/** curl's exit codes for servers and networks that fail: no connection, no time left, nothing or half an answer. */
const SERVER_FAILS: ReadonlySet<number> = new Set([7, 18, 28, 35, 52, 55, 56, 92]);
const FAILING: ReadonlySet<ConnectionState> = new Set<ConnectionState>(['closed', 'refused', 'none']);
/** The name does not resolve. */
const UNRESOLVED = 6;
/** What Envoy answers for a server that it cannot reach. */
const UNREACHABLE: ReadonlySet<number> = new Set([503, 504]);

/** Is what was seen one of the ways in which the request may end, by a verdict? */
export function fits(verdict: Verdict, seen: Observation): boolean {
  return endingsOf(verdict).some((ending) => isSuch(ending, seen));
}

function isSuch({ outcome }: Ending, seen: Observation): boolean {
  const { exitCode, httpStatus, fromEnvoy, connection } = seen;
  if (connection !== null) return isSuchConnection(outcome, seen);
  if (isAllowed(outcome)) {
    if (CERTIFICATE.has(exitCode)) return true;
    return httpStatus !== null && !fromEnvoy && outcome.curlExitCodes.includes(exitCode);
  }
  if (outcome.class === 'http') return fromEnvoy && httpStatus === outcome.httpStatus;
  return httpStatus === null && outcome.curlExitCodes.includes(exitCode);
}

function isSuchConnection(outcome: Outcome, { exitCode, httpStatus, fromEnvoy, connection }: Observation): boolean {
  if (isAllowed(outcome))
    return !fromEnvoy && (connection === 'answered' || connection === 'secured' || connection === 'open');
  switch (outcome.class) {
    case 'http':
      return fromEnvoy && httpStatus === outcome.httpStatus;
    case 'refused':
      return connection === 'refused';
    case 'unresolved':
      return exitCode === UNRESOLVED;
    case 'stalled':
      return connection === 'open';
    default:
      return connection === 'closed';
  }
}

/** So long a connection has to stay open before one can say that nobody closes it: protocol detection takes 15 seconds, and a connection to the server some more. */
export const SECONDS_TO_TELL = 20;

/**
 * May another verdict look the same to curl? Then only what the proxy holds can confirm one. A connection without HTTP that ends may have been ended by either side, and one of a
 * silent client that stays open by Envoy, where it is on the way.
 */
export function isAmbiguous(
  verdict: Verdict,
  { serverFirst }: Target,
  { connection, fromEnvoy }: Observation,
): boolean {
  if (connection === 'open')
    return serverFirst && endingsOf(verdict).some(({ destination }) => destination?.cluster !== null);
  return connection === 'closed' || (connection === 'answered' && fromEnvoy);
}

/** The way is free by a verdict, and what was seen is what a server or network that fails looks like. */
export function isFailureOfServer(verdict: Verdict, seen: Observation): boolean {
  const { exitCode, httpStatus, fromEnvoy, connection } = seen;
  if (!endingsOf(verdict).some(({ outcome }) => isAllowed(outcome))) return false;
  if (connection !== null) return FAILING.has(connection) && exitCode !== UNRESOLVED;
  if (httpStatus !== null) return fromEnvoy && UNREACHABLE.has(httpStatus);
  return SERVER_FAILS.has(exitCode);
}
