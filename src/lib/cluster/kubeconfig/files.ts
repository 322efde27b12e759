import { delimiter, join } from 'node:path';

/** The kubeconfigs that the environment names, whether they exist or not. */
export interface KubeconfigFiles {
  readonly files: readonly string[];
  /** KUBECONFIG lists them; otherwise it is the one in the home folder, if there is such a folder. */
  readonly listed: boolean;
}

/** Where kubectl looks when no `--kubeconfig` is given: not at home where KUBECONFIG is set, even if it names no file (`:`). */
export function kubeconfigFiles(env: NodeJS.ProcessEnv): KubeconfigFiles {
  if (env['KUBECONFIG']) {
    const files = [...new Set(env['KUBECONFIG'].split(delimiter).filter((file) => file !== ''))];
    return { files, listed: files.length > 0 };
  }
  const home = env['HOME'] ?? env['USERPROFILE'];
  return { files: home ? [join(home, '.kube', 'config')] : [], listed: false };
}
