import assert from 'node:assert/strict';
import type { ConnectionDescription } from '../../src/lib/cluster/connection/description.js';
import { explainTransport } from '../../src/lib/cluster/connection/transport-failures.js';
import { TransportError } from '../../src/lib/cluster/connection/transport.js';

function connection(proxyUrl?: string): ConnectionDescription {
  return {
    access: {
      context: 'ctx',
      cluster: {
        name: 'k',
        server: 'https://k.test',
        insecureSkipTlsVerify: false,
        ...(proxyUrl === undefined ? {} : { proxyUrl }),
      },
      user: { name: 'u' },
      origin: '/kubeconfig',
    },
    timeoutMs: 30_000,
    connectTimeoutMs: 2500,
  };
}

interface Failure {
  readonly code: string;
  readonly message?: string;
  readonly connected?: boolean;
  readonly proxyUrl?: string;
}

/** What follows the server's name, and the hint. */
function told({ code, message = 'as Node says', connected = false, proxyUrl }: Failure): [string, string | undefined] {
  const cause = new TransportError(message, code, connected);
  const error = explainTransport(cause, connection(proxyUrl));
  assert.equal(error.cause, cause);
  assert.equal(error.status, undefined);
  const name = `the API server https://k.test${proxyUrl === undefined ? '' : ' through the proxy http://p.test:1'} `;
  assert.ok(error.message.startsWith(name), error.message);
  return [error.message.slice(name.length), error.hint];
}

const entry = 'cluster "k" in /kubeconfig';
const elsewhere = `check "server" of ${entry}, or choose another cluster with --context`;
const route = `check the network (a VPN that is off?)\n${elsewhere}`;
const firewall = `check the network (a firewall, or a VPN that is off?)\n${elsewhere}`;
const slow = 'try again; if it stays slow, look at the load of the API server';
const scheme = `check scheme and port of "server" of ${entry}`;
const renew = "renew the API server's certificate, and check the clock of this machine";
const names = `use a name of the certificate in "server", or set tls-server-name, of ${entry}`;
const unresolved = 'cannot be reached: its name cannot be resolved';
const expected: readonly (readonly [failure: Failure, problem: string, hint: string])[] = [
  [{ code: 'ECONNREFUSED' }, 'cannot be reached: connection refused', `check that the cluster runs\n${elsewhere}`],
  ...['ENOTFOUND', 'EAI_AGAIN'].map((code) => [{ code }, unresolved, route] as const),
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].map(
    (code) => [{ code }, 'cannot be reached: no route to it', route] as const,
  ),
  [{ code: 'ETIMEDOUT' }, 'cannot be reached: the connection timed out', firewall],
  [{ code: 'CONNECT_TIMEOUT' }, 'cannot be reached: no connection within 2.5 s', firewall],
  [{ code: 'ANSWER_TIMEOUT' }, 'cannot be reached: no connection within 30 s', firewall],
  ...['ETIMEDOUT', 'CONNECT_TIMEOUT', 'ANSWER_TIMEOUT'].map(
    (code) => [{ code, connected: true }, 'did not answer within 30 s', slow] as const,
  ),
  ...['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ANSWER_CUT'].flatMap((code) => [
    [{ code }, 'closed the connection at once', elsewhere] as const,
    [
      { code, connected: true },
      'closed the connection before its answer was complete',
      'try again; the API server may be restarting',
    ] as const,
  ]),
  [
    { code: 'ANSWER_TOO_LONG' },
    'sends an answer of more than 256 MiB',
    'ask for less: one namespace, or a label selector',
  ],
  [
    { code: 'ERR_INVALID_CHAR' },
    'was not asked: the credentials hold characters that HTTP cannot carry',
    'correct the token or the impersonation of the user "u" in /kubeconfig',
  ],
  ...[
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'CERT_SIGNATURE_FAILURE',
    'CERT_UNTRUSTED',
    'INVALID_CA',
  ].map(
    (code) =>
      [
        { code },
        `shows a certificate that no known authority signed (${code})`,
        `correct certificate-authority-data of ${entry}: fetch the kubeconfig again, or make sure that no proxy intercepts the connection`,
      ] as const,
  ),
  [{ code: 'CERT_HAS_EXPIRED' }, 'shows a certificate that has expired', renew],
  [{ code: 'CERT_NOT_YET_VALID' }, 'shows a certificate that is not valid yet', renew],
  [
    {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message:
        "Hostname/IP does not match certificate's altnames: Host: a.test. is not in the cert's altnames: DNS:b, DNS:c",
    },
    'shows a certificate that is not for a.test, but for DNS:b, DNS:c',
    names,
  ],
  [
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: "altnames: IP: 1.2.3.4 is not in the cert's list: " },
    'shows a certificate that is not for 1.2.3.4',
    names,
  ],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'shows a certificate that is not for this server', names],
  ...['wrong version number', 'packet length too long', 'HTTP request'].map(
    (message) => [{ code: 'EPROTO', message }, 'does not speak TLS', scheme] as const,
  ),
  [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'does not speak TLS', scheme],
  [{ code: 'HPE_INVALID_CONSTANT' }, 'does not speak HTTP (HPE_INVALID_CONSTANT)', scheme],
  [
    { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
    'refuses the TLS connection (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)',
    'check the client certificate of the user "u" in /kubeconfig',
  ],
  ...['ERR_OSSL_X', 'ERR_CRYPTO_X', 'X_PEM_X'].map(
    (code) =>
      [
        { code },
        'was not asked: a certificate or key of the kubeconfig cannot be used (as Node says)',
        `correct the certificates of ${entry} and of the user "u"`,
      ] as const,
  ),
  ...['ERR_SSL_X', 'ERR_TLS_X', 'EPROTO', 'CERT_X'].map(
    (code) =>
      [{ code }, `fails in the TLS handshake (${code}: as Node says)`, `check the certificates of ${entry}`] as const,
  ),
  ...['UNKNOWN', 'X_HPE_', 'X_ERR_OSSL_', 'X_ERR_SSL_', 'X_CERT_'].map(
    (code) => [{ code }, 'cannot be reached: as Node says', elsewhere] as const,
  ),
];

describe('an exchange without an answer', () => {
  for (const [failure, problem, hint] of expected) {
    const { code, message, connected } = failure;
    it(`${code}${message === undefined ? '' : ` (${message})`}${connected ? ', once connected' : ''}`, () => {
      assert.deepEqual(told(failure), [problem, hint]);
    });
  }

  it('that was interrupted needs no words', () => {
    const error = explainTransport(new TransportError('x', 'ABORTED', true), connection('http://p.test'));
    assert.deepEqual([error.message, error.hint], ['interrupted', undefined]);
    assert.ok(error.cause instanceof TransportError);
  });

  it('may be the fault of the proxy, whose password is not told', () => {
    const proxyUrl = 'http://a:b@p.test:1/';
    const proxy = 'check the proxy http://p.test:1 (proxy-url of the kubeconfig, or HTTPS_PROXY and NO_PROXY)';
    const bad = (status: number): Failure => ({ code: 'X', message: `Bad response: ${status}`, proxyUrl });
    const cases: readonly (readonly [failure: Failure, problem: string])[] = [
      [bad(407), 'cannot be reached: the proxy wants a user and a password (407)'],
      [bad(503), 'cannot be reached: the proxy refuses the connection (503)'],
      [{ ...bad(503), connected: true }, 'cannot be reached: the proxy refuses the connection (503)'],
      [{ code: 'CONNECT_TIMEOUT', proxyUrl }, 'cannot be reached: no connection within 2.5 s'],
      [{ code: 'ANSWER_TIMEOUT', proxyUrl }, 'cannot be reached: no connection within 30 s'],
      [{ code: 'ETIMEDOUT', proxyUrl }, 'cannot be reached: the connection timed out'],
      [{ code: 'ECONNREFUSED', proxyUrl }, 'cannot be reached: connection refused'],
      [{ code: 'ENOTFOUND', proxyUrl }, unresolved],
      [{ code: 'EAI_AGAIN', proxyUrl }, unresolved],
      [{ code: 'UNKNOWN', proxyUrl }, 'cannot be reached: as Node says'],
    ];
    for (const [failure, problem] of cases) assert.deepEqual(told(failure), [problem, proxy], failure.code);
    const others: readonly Failure[] = [
      { code: 'CONNECT_TIMEOUT', connected: true, proxyUrl },
      { code: 'ECONNREFUSED', connected: true, proxyUrl },
      { code: 'ECONNRESET', proxyUrl },
      { code: 'CERT_HAS_EXPIRED', proxyUrl },
    ];
    for (const failure of others) assert.notEqual(told(failure)[1], proxy, failure.code);
  });
});
