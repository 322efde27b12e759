import { randomBytes } from 'node:crypto';

import { apiVersionOf, kinds } from '../../resources/kinds.js';
import { valueAt } from '../../text/plain-data.js';
import { RefusedError } from '../errors.js';
import { nameOf, type RootCertificate } from './roles.js';

const { MeshRootCertificate } = kinds;

/** A reference to a Secret. */
export interface SecretRef {
  readonly name: string;
  readonly namespace: string;
}

/** The Secret that Tresor, OSM's own issuer, keeps a root certificate in; undefined for other issuers. */
export function secretOf(certificate: RootCertificate): SecretRef | undefined {
  const ref = valueAt(certificate, ['spec', 'provider', 'tresor', 'ca', 'secretRef']);
  const [name, namespace] = [valueAt(ref, ['name']), valueAt(ref, ['namespace'])];
  return typeof name === 'string' && typeof namespace === 'string' ? { name, namespace } : undefined;
}

/**
 * A new root certificate for one of Tresor, which makes the certificate itself, into the Secret that is named (osm-cli §16.2).
 * @param trustDomain as the old one's, when undefined
 * @throws RefusedError for other issuers: what they need has to be set up there first
 */
export function generated(old: RootCertificate, trustDomain: string | undefined): RootCertificate {
  const { namespace } = old.metadata;
  if (!secretOf(old)) {
    const [issuer = 'another issuer'] = Object.keys(valueAt(old, ['spec', 'provider']) ?? {});
    throw new RefusedError(
      `${nameOf(old)} comes from ${issuer}, where nobody but you can make the next one`,
      'make it there, and write a MeshRootCertificate for it: --file FILE, or -c NAME for one that is in the cluster',
    );
  }
  const suffix = randomBytes(8).toString('hex');
  const domain = trustDomain ?? valueAt(old, ['spec', 'trustDomain']);
  const spiffeEnabled = valueAt(old, ['spec', 'spiffeEnabled']);
  return {
    apiVersion: apiVersionOf(MeshRootCertificate),
    kind: MeshRootCertificate.kind,
    metadata: { name: `osm-mesh-root-certificate-${suffix}`, namespace },
    spec: {
      role: 'inactive',
      ...(domain !== undefined && { trustDomain: domain }),
      ...(spiffeEnabled !== undefined && { spiffeEnabled }),
      provider: { tresor: { ca: { secretRef: { name: `osm-ca-bundle-${suffix}`, namespace } } } },
    },
  } as RootCertificate;
}
