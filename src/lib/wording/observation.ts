/**
 * What became of a connection without HTTP. `answered`: the other side has sent bytes; `secured`: the TLS handshake came to its end; `open`: nothing had come when time was up;
 * `closed`: it was accepted and ended without a byte; `refused`; `none`: no connection came about.
 */
export type ConnectionState = 'answered' | 'secured' | 'open' | 'closed' | 'refused' | 'none';

/** What curl saw, in one clause. */
export function observationText({
  exitCode,
  httpStatus,
  fromEnvoy,
  connection,
}: {
  readonly exitCode: number;
  readonly httpStatus: number | null;
  readonly fromEnvoy: boolean;
  readonly connection: ConnectionState | null;
}): string {
  const exit = `curl exits with ${exitCode}`;
  if (connection !== null && httpStatus === null) return `${CONNECTIONS[connection]}: ${exit}`;
  if (httpStatus === null) return `${MEANINGS[exitCode] ?? 'no answer'}: ${exit}`;
  return fromEnvoy
    ? `HTTP ${httpStatus} from Envoy (server: envoy): ${exit}`
    : `HTTP ${httpStatus} from the server: ${exit}`;
}

const CONNECTIONS: Readonly<Record<ConnectionState, string>> = {
  answered: 'the other side sends something',
  secured: 'the TLS handshake comes to its end',
  open: 'the connection stays open, and nothing comes',
  closed: 'the connection is accepted, then closed',
  refused: 'connection refused',
  none: 'no connection comes about',
};

/** Of curl's exit codes those that matter here (its manual page). */
const MEANINGS: Readonly<Record<number, string>> = {
  6: 'the name does not resolve',
  7: 'connection refused',
  28: 'no answer in time',
  35: 'the TLS handshake fails',
  51: 'a certificate that curl does not trust',
  52: 'closed without an answer',
  55: 'closed without an answer',
  56: 'closed without an answer',
  60: 'a certificate that curl does not trust',
};
