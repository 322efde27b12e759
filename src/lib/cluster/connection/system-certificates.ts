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
 * The authorities that the system trusts, as PEM; undefined when none are found, and Node's own list counts. A server
 * without `certificate-authority` is checked against these by `kubectl` too, so a company's own authority works.
 * @param root - where the system's folders are; tests give another place
 */
export async function systemCertificates(env: NodeJS.ProcessEnv, root = '/'): Promise<Buffer | undefined> {
  const chosen = env['SSL_CERT_FILE'];
  for (const file of chosen ? [chosen] : bundles.map((bundle) => join(root, bundle))) {
    const pem = await readBounded(file).catch(() => undefined);
    if (pem?.includes('-----BEGIN CERTIFICATE-----')) return pem;
  }
  return undefined;
}
