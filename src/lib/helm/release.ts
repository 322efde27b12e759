import { gunzipSync } from 'node:zlib';

import { kinds } from '../resources/kinds.js';
import type { Cluster } from '../cluster/types.js';
import type { KubernetesObject } from '../resources/types.js';
import { isPlain, valueAt } from '../text/plain-data.js';

/** One revision of a release, as helm keeps it in a Secret (osm-cli §15.11). */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** Helm's word: `deployed`, `failed`, `pending-install`, `uninstalling`, `superseded`… */
  readonly status: string;
  /** Name of the Secret. */
  readonly secret: string;
  /** What the Secret holds, as far as it can be read. */
  readonly content: ReleaseContent | undefined;
}

export interface ReleaseContent {
  /** Name of the chart. */
  readonly chart: string;
  /** Values that were given, not those of the chart. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly hasCleanUp: boolean;
}

/** More than a Secret can hold, unpacked: real releases are of 0.3 MB. */
const MOST = 64 * 1024 * 1024;

/**
 * The newest revision of each release, by name and namespace, in that order.
 * @param query.namespace absent: of all namespaces
 * @param query.name absent: all releases
 * @throws ClusterError
 */
export async function listReleases(
  cluster: Cluster,
  query: { readonly namespace?: string | undefined; readonly name?: string | undefined },
): Promise<Release[]> {
  const labelSelector = `owner=helm${query.name === undefined ? '' : `,name=${query.name}`}`;
  const secrets = await cluster.list(kinds.Secret, { namespace: query.namespace, labelSelector });
  const newest = new Map<string, Release>();
  for (const secret of secrets) {
    const release = releaseOf(secret);
    if (!release) continue;
    const key = `${release.name} ${release.namespace}`;
    if ((newest.get(key)?.revision ?? -1) < release.revision) newest.set(key, release);
  }
  return [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, release]) => release);
}

function releaseOf(secret: KubernetesObject): Release | undefined {
  const { name, namespace = '', labels = {} } = secret.metadata;
  if (!name.startsWith('sh.helm.release.v1.')) return undefined;
  const revision = Number(labels['version']);
  if (!Number.isInteger(revision)) return undefined;
  return {
    name: labels['name'] ?? '',
    namespace,
    revision,
    status: labels['status'] ?? 'unknown',
    secret: name,
    content: read(valueAt(secret, ['data', 'release'])),
  };
}

/** Base64 of the Secret, base64 of helm, gzip, JSON. */
function read(data: unknown): ReleaseContent | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64');
    const document: unknown = JSON.parse(gunzipSync(packed, { maxOutputLength: MOST }).toString('utf8'));
    const chart = valueAt(document, ['chart', 'metadata', 'name']);
    const config = valueAt(document, ['config']);
    const hooks = valueAt(document, ['hooks']);
    const runsAfterwards = (hook: unknown): boolean => {
      const events = valueAt(hook, ['events']);
      return Array.isArray(events) && events.includes('post-delete');
    };
    return {
      chart: typeof chart === 'string' ? chart : '',
      config: isPlain(config) ? config : {},
      hasCleanUp: Array.isArray(hooks) && hooks.some(runsAfterwards),
    };
  } catch {
    return undefined;
  }
}
