import { delimiter, join } from 'node:path';

/** The kubeconfigs that the environment names, whether they exist or not. */
export interface KubeconfigFiles {
  readonly files: readonly string[];
  /** KUBECONFIG lists them; otherwise it is the one in the home folder, if there is such a folder. */
  readonly listed: boolean;
}

/** Where kubectl looks when no `--kubeconfig` is given. */
export function kubeconfigFiles(env: NodeJS.ProcessEnv): KubeconfigFiles {
  const listed = [...new Set((env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== ''))];
  if (listed.length > 0) return { files: listed, listed: true };
  const home = env['HOME'] ?? env['USERPROFILE'];
  return { files: home ? [join(home, '.kube', 'config')] : [], listed: false };
}
