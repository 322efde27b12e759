import { join } from 'node:path';
import { readBounded } from '../read-bounded.js';

/** Where Linux and BSD systems keep the authorities that they trust, in the order in which Go looks. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/etc/ssl/cert.pem',
];

/**
 * The authorities that the system trusts, as PEM; those of Node.js and of NODE_EXTRA_CA_CERTS where the system has no such file. A
 * server without `certificate-authority` is checked against these by `kubectl` too, so a company's own authority works. Node.js
 * itself is not left to choose: with `--use-openssl-ca`, as in the single executable, it may know none.
 * @param root - where the system's folders are; tests give another place
 */
export async function systemCertificates(env: NodeJS.ProcessEnv, root = '/'): Promise<Buffer | string> {
  const chosen = env['SSL_CERT_FILE'];
  for (const file of chosen ? [chosen] : bundles.map((bundle) => join(root, bundle))) {
    const pem = await readBounded(file).catch(() => undefined);
    if (pem?.includes('-----BEGIN CERTIFICATE-----')) return pem;
  }
  const { rootCertificates } = await import('node:tls');
  const extra = env['NODE_EXTRA_CA_CERTS'] && (await readBounded(env['NODE_EXTRA_CA_CERTS']).catch(() => undefined));
  return [...rootCertificates, ...(extra ? [extra.toString('latin1')] : [])].join('\n');
}
