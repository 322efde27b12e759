import { Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { ClientName } from '../input/client.js';
import type { InputOptions } from '../input/load.js';
import type { RequestInputOptions } from '../input/request.js';
import { clusterFlags, filenameFlags, meshNameFlag } from './flags.js';
import { flagReader } from './reading.js';
import { parseClient } from './words/names.js';

/** Where policies come from: files, or the cluster. */
export const policySourceFlags = { ...filenameFlags, ...meshNameFlag, ...clusterFlags };

interface PolicySourceValues {
  readonly filename?: readonly string[] | undefined;
  readonly recursive?: boolean;
  readonly live?: boolean;
  readonly 'mesh-name': string;
  readonly 'osm-namespace': string;
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** What the loader gets from `policySourceFlags`, or from those of them that a command has. */
export function inputOf(flags: PolicySourceValues): InputOptions {
  const { filename = [], recursive = false, live = false, namespace, kubeconfig, context } = flags;
  const names = { meshName: flags['mesh-name'], osmNamespace: flags['osm-namespace'] };
  return { filenames: filename, recursive, live, namespace, kubeconfig, context, ...names };
}

const fromFlag = Flags.custom<ClientName>({
  parse: flagReader(parseClient('ServiceAccount')),
  helpValue: '[NAMESPACE/]SERVICEACCOUNT|KIND/NAME',
});

/** One client, by its ServiceAccount. */
export const sourceFlag = {
  from: fromFlag({
    description: 'ServiceAccount of the client, or its workload, such as deploy/api (-n names the namespace)',
  }),
};

/** One client or several. */
export const sourcesFlag = {
  from: fromFlag({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'ServiceAccount of the client, or its workload, such as deploy/api (-n names the namespace); repeatable',
  }),
};

/** What decides what becomes of requests, besides who sends them: policies from files, the cluster, or both, and what names mean. */
export const requestWorldFlags = {
  pod: Flags.custom<ClientName>({
    parse: flagReader(parseClient('Pod')),
    helpValue: '[NAMESPACE/]POD|KIND/NAME',
    description: 'Pod of the client, or its workload: its ServiceAccount and annotations count',
    exclusive: ['from'],
  })(),
  ...filenameFlags,
  live: Flags.boolean({
    description: 'With -f: lay the files over what the cluster holds, as if they were applied',
    dependsOn: ['filename'],
  }),
  ...meshNameFlag,
  hosts: Flags.string({
    helpValue: 'FILE',
    description: 'Addresses of names, in the format of /etc/hosts',
  }),
  dns: Flags.boolean({ description: 'Ask the resolver of this machine for addresses' }),
  ...clusterFlags,
};

interface RequestWorldValues extends PolicySourceValues {
  readonly from?: ClientName | readonly ClientName[] | undefined;
  readonly pod?: ClientName | undefined;
  readonly hosts?: string | undefined;
  readonly dns: boolean;
}

/** What the loader gets from `requestWorldFlags` and `--from`. @throws UsageError when nobody sends the request */
export function requestInputOf(flags: RequestWorldValues): RequestInputOptions {
  const { from = [], pod } = flags;
  const clients = pod ? [pod] : [from].flat();
  if (clients.length === 0) {
    throw new UsageError(
      'who sends the request is missing',
      'add --from NAMESPACE/SERVICEACCOUNT, such as --from curl/curl',
    );
  }
  return { ...inputOf(flags), clients, hosts: flags.hosts, dns: flags.dns };
}
