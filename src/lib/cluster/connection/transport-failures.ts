import { ClusterError } from '../../errors.js';
import { describeClusterEntry, describeServer, withoutPassword } from './description.js';
import type { ConnectionDescription } from './description.js';
import type { TransportError } from './transport.js';

interface Explanation {
  /** Follows the server's name. */
  readonly problem: string;
  readonly hint: string;
}

/** Node's codes for a certificate that cannot be traced to a trusted authority. */
const unknownAuthority = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** A person's words for an exchange that came to no answer. */
export function explainTransport(error: TransportError, connection: ConnectionDescription): ClusterError {
  if (error.code === 'ABORTED') return new ClusterError('interrupted', undefined, undefined, { cause: error });
  const { problem, hint } = explainProxy(error, connection) ?? explain(error, connection);
  return new ClusterError(`${describeServer(connection)} ${problem}`, hint, undefined, { cause: error });
}

function explainProxy(error: TransportError, connection: ConnectionDescription): Explanation | undefined {
  const { proxyUrl } = connection.access.cluster;
  if (proxyUrl === undefined) return undefined;
  const refusal = /Bad response: (\d+)/.exec(error.message)?.[1];
  const proxy = `check the proxy ${withoutPassword(proxyUrl)} (proxy-url of the kubeconfig, or HTTPS_PROXY and NO_PROXY)`;
  if (refusal === '407')
    return { problem: 'cannot be reached: the proxy wants a user and a password (407)', hint: proxy };
  if (refusal) return { problem: `cannot be reached: the proxy refuses the connection (${refusal})`, hint: proxy };
  if (error.connected) return undefined;
  if (isTimeout(error)) return { problem: noConnection(error, connection), hint: proxy };
  if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UNKNOWN'].includes(error.code)) {
    return { problem: `cannot be reached: ${reason(error)}`, hint: proxy };
  }
  return undefined;
}

function reason(error: TransportError): string {
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'its name cannot be resolved';
  return error.message;
}

function isTimeout({ code }: TransportError): boolean {
  return code === 'CONNECT_TIMEOUT' || code === 'ANSWER_TIMEOUT' || code === 'ETIMEDOUT';
}

function noConnection({ code }: TransportError, { connectTimeoutMs, timeoutMs }: ConnectionDescription): string {
  if (code === 'ETIMEDOUT') return 'cannot be reached: the connection timed out';
  const seconds = (code === 'CONNECT_TIMEOUT' ? connectTimeoutMs : timeoutMs) / 1000;
  return `cannot be reached: no connection within ${seconds} s`;
}

function explain(error: TransportError, connection: ConnectionDescription): Explanation {
  const entry = describeClusterEntry(connection);
  const elsewhere = `check "server" of ${entry}, or choose another cluster with --context`;
  const { code } = error;
  switch (code) {
    case 'ECONNREFUSED':
      return { problem: 'cannot be reached: connection refused', hint: `check that the cluster runs\n${elsewhere}` };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        problem: 'cannot be reached: its name cannot be resolved',
        hint: `check the network (a VPN that is off?)\n${elsewhere}`,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return {
        problem: 'cannot be reached: no route to it',
        hint: `check the network (a VPN that is off?)\n${elsewhere}`,
      };
    case 'ETIMEDOUT':
    case 'CONNECT_TIMEOUT':
    case 'ANSWER_TIMEOUT':
      return error.connected
        ? {
            problem: `did not answer within ${connection.timeoutMs / 1000} s`,
            hint: 'try again; if it stays slow, look at the load of the API server',
          }
        : {
            problem: noConnection(error, connection),
            hint: `check the network (a firewall, or a VPN that is off?)\n${elsewhere}`,
          };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
    case 'ANSWER_CUT':
      return {
        problem: error.connected
          ? 'closed the connection before its answer was complete'
          : 'closed the connection at once',
        hint: error.connected ? 'try again; the API server may be restarting' : elsewhere,
      };
    case 'ANSWER_TOO_LONG':
      return {
        problem: 'sends an answer of more than 256 MiB',
        hint: 'ask for less: one namespace, or a label selector',
      };
    case 'ERR_INVALID_CHAR':
      return {
        problem: 'was not asked: the credentials hold characters that HTTP cannot carry',
        hint: `correct the token or the impersonation of the user "${connection.access.user.name}" in ${connection.access.origin}`,
      };
    default:
      return explainTls(error, connection) ?? { problem: `cannot be reached: ${error.message}`, hint: elsewhere };
  }
}

function explainTls(error: TransportError, connection: ConnectionDescription): Explanation | undefined {
  const { code, message } = error;
  const entry = describeClusterEntry(connection);
  if (unknownAuthority.has(code)) {
    return {
      problem: `shows a certificate that no known authority signed (${code})`,
      hint: `correct certificate-authority-data of ${entry}: fetch the kubeconfig again, or make sure that no proxy intercepts the connection`,
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return {
      problem: `shows a certificate that ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}`,
      hint: "renew the API server's certificate, and check the clock of this machine",
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    // Node: `… altnames: Host: a. is not in the cert's altnames: DNS:b`, or `… IP: 1.2.3.4 is not in the cert's list: …`
    const [, name = 'this server', names = ''] =
      /(?:Host|IP): (\S+?)\.? is not in the cert's \w+: ?(.*)/.exec(message) ?? [];
    return {
      problem: `shows a certificate that is not for ${name}${names && `, but for ${names}`}`,
      hint: `use a name of the certificate in "server", or set tls-server-name, of ${entry}`,
    };
  }
  if (
    /wrong version number|packet length too long|ERR_SSL_WRONG_VERSION_NUMBER|http request/i.test(`${code} ${message}`)
  ) {
    return { problem: 'does not speak TLS', hint: `check scheme and port of "server" of ${entry}` };
  }
  if (/^HPE_/.test(code)) {
    return { problem: `does not speak HTTP (${code})`, hint: `check scheme and port of "server" of ${entry}` };
  }
  if (/ALERT/.test(code)) {
    return {
      problem: `refuses the TLS connection (${code})`,
      hint: `check the client certificate of the user "${connection.access.user.name}" in ${connection.access.origin}`,
    };
  }
  if (/^ERR_OSSL_|^ERR_CRYPTO_|PEM/.test(code)) {
    return {
      problem: `was not asked: a certificate or key of the kubeconfig cannot be used (${message})`,
      hint: `correct the certificates of ${entry} and of the user "${connection.access.user.name}"`,
    };
  }
  return /^(ERR_SSL_|ERR_TLS_|EPROTO|CERT_)/.test(code)
    ? { problem: `fails in the TLS handshake (${code}: ${message})`, hint: `check the certificates of ${entry}` }
    : undefined;
}
