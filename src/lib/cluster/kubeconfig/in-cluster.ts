import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inBrackets } from '../../text/ip.js';
import { readBounded } from '../read-bounded.js';
import type { Access } from './types.js';

/** Where Kubernetes mounts a pod's ServiceAccount. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The way to the API server from inside a pod; null when this is not a pod with a mounted ServiceAccount. */
export async function inClusterAccess(env: NodeJS.ProcessEnv, folder: string): Promise<Access | null> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  const tokenFile = join(folder, 'token');
  if (!host || !port || !isFile(tokenFile)) return null;
  const ca = await readBounded(join(folder, 'ca.crt')).catch(() => undefined);
  const namespace = (await readBounded(join(folder, 'namespace')).catch(() => '')).toString().trim();
  return {
    context: null,
    ...(namespace ? { namespace } : {}),
    cluster: {
      name: 'in-cluster',
      server: `https://${inBrackets(host)}:${port}`,
      insecureSkipTlsVerify: false,
      ...(ca ? { ca } : {}),
    },
    user: { name: 'service account', tokenFile },
    origin: `the pod's service account (${folder})`,
  };
}

function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}
