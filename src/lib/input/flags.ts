import { USUAL_OSM_VERSION } from '../simulator/versions.js';
import { quoteShellWord } from '../text/shell.js';
import type { ConnectionOptions } from './connection.js';
import type { InputOptions } from './load.js';
import { usualNames } from './mesh-names.js';
import type { NameOptions } from './names.js';

/** The flags that say where policies come from and what names mean, quoted for a shell, so that another command sees the same. */
export function inputFlags(options: InputOptions & NameOptions): string {
  const other = (value: string, usual: string) => (value === usual ? undefined : value);
  return [
    ...options.filenames.flatMap((filename) => valued('-f', filename)),
    ...(options.recursive ? ['-R'] : []),
    ...(options.live ? ['--live'] : []),
    ...valued('--hosts', options.hosts),
    ...(options.dns ? ['--dns'] : []),
    ...valued('-n', options.namespace),
    ...valued('--mesh-name', other(options.meshName, usualNames.meshName)),
    ...valued('--osm-namespace', other(options.osmNamespace, usualNames.osmNamespace)),
    ...valued('--osm-version', options.osmVersion && other(options.osmVersion, USUAL_OSM_VERSION)),
    ...kubectlFlags(options),
  ].join(' ');
}

/** Flags that lead kubectl, or another command, to the same cluster; empty when it goes there by itself. */
export function kubectlFlags({ kubeconfig, context }: ConnectionOptions): string[] {
  return [...valued('--kubeconfig', kubeconfig), ...valued('--context', context)];
}

function valued(flag: string, value: string | undefined): string[] {
  return value === undefined ? [] : [flag, quoteShellWord(value)];
}
