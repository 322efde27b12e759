import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

export interface Assets {
  readonly etcd: string;
  readonly apiServer: string;
}

/**
 * The binaries in the folder that KUBEBUILDER_ASSETS names (the layout of controller-runtime's envtest).
 * Throws an error that says, for a reader of the test report, that nothing was tested and why.
 */
export function findAssets(env: NodeJS.ProcessEnv = process.env): Assets {
  return { etcd: findProgram('etcd', env), apiServer: findProgram('kube-apiserver', env) };
}

/** One program of that folder. Throws as `findAssets` does. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const folder = env['KUBEBUILDER_ASSETS'];
  if (!folder) throw new Error('integration tests were not run: KUBEBUILDER_ASSETS is not set');
  const path = join(folder, name);
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`integration tests were not run: KUBEBUILDER_ASSETS=${folder} has no program ${name}`);
  }
  return path;
}
