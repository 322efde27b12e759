/** What curl saw, in one clause. */
export function observationText({
  exitCode,
  httpStatus,
  fromEnvoy,
}: {
  readonly exitCode: number;
  readonly httpStatus: number | null;
  readonly fromEnvoy: boolean;
}): string {
  const exit = `curl exits with ${exitCode}`;
  if (httpStatus === null) return `${MEANINGS[exitCode] ?? 'no answer'}: ${exit}`;
  return fromEnvoy
    ? `HTTP ${httpStatus} from Envoy (server: envoy): ${exit}`
    : `HTTP ${httpStatus} from the server: ${exit}`;
}

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
