import type { Cluster } from '../../cluster/types.js';
import { ClusterError } from '../../errors.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import type { KubernetesObject } from '../../resources/types.js';
import { itemsAt, valueAt } from '../../text/plain-data.js';
import { explainUnready, OF_OSM } from '../install/readiness.js';
import type { Step } from './roles.js';
import type { SecretRef } from './successor.js';

/**
 * What shows, after a change of a role, that the control plane has not followed it: the Secret that Tresor makes for a certificate
 * that is in use, the certificates in the webhook configurations (as many as are in use: documentation of OSM, "Root Certificate
 * Rotation"), and whether the control plane is ready at all. What sidecars hold is not looked at: Envoy tells no
 * issuer of a certificate, and that is what the pause is for.
 * @returns sentences; none: as far as one may look it has followed
 */
export async function laggingSigns(
  cluster: Cluster,
  namespace: string,
  step: Pick<Step, 'inUse'>,
  secret: SecretRef | undefined,
  onHidden: (text: string) => void,
): Promise<string[]> {
  const safely = async (what: string, look: () => Promise<string[]>): Promise<string[]> =>
    look().catch((error: unknown) => {
      if (!(error instanceof ClusterError)) throw error;
      onHidden(`${what} cannot be looked at: ${error.message}`);
      return [];
    });
  const signs = await Promise.all([
    safely('the Secret of the certificate', () => missingSecret(cluster, secret)),
    safely('webhook configurations', () => lateWebhooks(cluster, namespace, step.inUse)),
    explainUnready(cluster, namespace),
  ]);
  return signs.flat();
}

async function missingSecret(cluster: Cluster, secret: SecretRef | undefined): Promise<string[]> {
  if (!secret || (await cluster.find({ kind: kinds.Secret, ...secret })) !== undefined) return [];
  return [`there is no Secret ${secret.namespace}/${secret.name}, which the control plane makes for the certificate`];
}

async function lateWebhooks(cluster: Cluster, namespace: string, inUse: number): Promise<string[]> {
  const found = await Promise.all(
    [kinds.MutatingWebhookConfiguration, kinds.ValidatingWebhookConfiguration].map(async (kind) => {
      const all = await cluster.list<KubernetesObject>(kind, { labelSelector: OF_OSM });
      return all.flatMap((each) => {
        const counts = itemsAt(each, ['webhooks'])
          .filter((webhook) => valueAt(webhook, ['clientConfig', 'service', 'namespace']) === namespace)
          .map(certificatesOf);
        const odd = counts.find((count) => count !== inUse);
        const name = qualifiedName(kind, each.metadata.name);
        return odd === undefined ? [] : [`${name} has ${many(odd)}, and ${inUse === 1 ? 'one is' : 'two are'} in use`];
      });
    }),
  );
  return found.flat();
}

function certificatesOf(webhook: unknown): number {
  const bundle = valueAt(webhook, ['clientConfig', 'caBundle']);
  const text = typeof bundle === 'string' ? Buffer.from(bundle, 'base64').toString('latin1') : '';
  return text.split('-----BEGIN CERTIFICATE-----').length - 1;
}

function many(count: number): string {
  return `${count} ${count === 1 ? 'certificate' : 'certificates'}`;
}
