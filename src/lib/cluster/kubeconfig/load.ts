import { ClusterError, InputError, UsageError } from '../../errors.js';
import { kubeconfigFiles } from './files.js';
import { inClusterAccess, serviceAccountFolder } from './in-cluster.js';
import { mergeKubeconfigs, readKubeconfig } from './read.js';
import type { Kubeconfig } from './read.js';
import { resolveAccess } from './resolve.js';
import type { Access } from './types.js';

export interface LoadOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Gets a line for a file or a user that is named and not there. */
  readonly warn: (line: string) => void;
  /** Where a pod's ServiceAccount is mounted; tests give another folder. */
  readonly serviceAccountFolder?: string;
}

/**
 * Finds the way to the cluster by `kubectl`'s rules (toolchain §4, osm-cli §1.3): `--kubeconfig` is one file that must
 * exist; else the files in KUBECONFIG, merged, those that do not exist skipped; else `~/.kube/config`; and when all that
 * says nothing, the ServiceAccount of the pod that this runs in.
 * Throws `InputError`, `UsageError` or `ClusterError`, each with the next step.
 */
export async function loadAccess(options: LoadOptions): Promise<Access> {
  if (options.kubeconfig !== undefined) return fromOneFile(options.kubeconfig, options);
  const { files } = kubeconfigFiles(options.env);
  const configs = await configsOf(options);
  const merged = mergeKubeconfigs(configs);
  if (!saysNothing(merged)) return resolveAccess(merged, options.context, options.warn);
  if (options.context !== undefined) {
    throw new UsageError(
      `there is no kubeconfig that could hold the context "${options.context}" (looked at ${files.join(', ') || 'nothing'})`,
      'name the file with --kubeconfig FILE or the environment variable KUBECONFIG',
    );
  }
  const access = await inClusterAccess(options.env, options.serviceAccountFolder ?? serviceAccountFolder);
  if (access) return access;
  const state = configs.length > 0 ? 'is empty' : 'does not exist';
  const unnamed = options.env['KUBECONFIG'] ? 'KUBECONFIG names no file' : 'neither KUBECONFIG nor HOME is set';
  throw new ClusterError(
    `no cluster is configured: ${files.length > 0 ? `${files.join(', ')} ${state}` : unnamed}`,
    'name a kubeconfig with --kubeconfig FILE or the environment variable KUBECONFIG, or work offline on files with -f',
  );
}

/** The names of all contexts, in the order of the files. @throws InputError for a file that cannot be read */
export async function contextNames(options: LoadOptions): Promise<string[]> {
  const { kubeconfig } = options;
  const configs = kubeconfig === undefined ? await configsOf(options) : [await readKubeconfig(kubeconfig)];
  return [...mergeKubeconfigs(configs.filter((config) => config !== null)).contexts.keys()];
}

/** What is in the files that are there without `--kubeconfig`. */
async function configsOf({ env, warn }: LoadOptions): Promise<Kubeconfig[]> {
  const { files, listed } = kubeconfigFiles(env);
  const configs: Kubeconfig[] = [];
  for (const file of files) {
    const config = await readKubeconfig(file);
    if (config) configs.push(config);
    else if (listed) warn(`KUBECONFIG names ${file}, which does not exist`);
  }
  return configs;
}

async function fromOneFile(file: string, { context, warn }: LoadOptions): Promise<Access> {
  if (file === '') throw new UsageError('--kubeconfig is empty', 'give the path of a kubeconfig file');
  const config = await readKubeconfig(file);
  if (!config) {
    throw new InputError('the kubeconfig does not exist', { file }, 'check the path given with --kubeconfig');
  }
  return resolveAccess(config, context, warn);
}

function saysNothing(config: Kubeconfig): boolean {
  return !config.current && config.clusters.size + config.users.size + config.contexts.size === 0;
}
