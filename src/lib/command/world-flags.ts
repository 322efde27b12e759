import { Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { ClientName } from '../input/client.js';
import { nobodySends } from '../input/senders.js';
import type { InputOptions, IstioInputOptions } from '../input/load.js';
import type { RequestInputOptions } from '../input/request.js';
import { OSM_VERSIONS, USUAL_OSM_VERSION, type OsmVersion } from '../simulator/versions.js';
import { clusterFlags, filenameFlags, meshNameFlag, placeOf, type NamedFlags } from './flags.js';
import { flagReader } from './reading.js';
import { parseClient } from './words/names.js';

/** Where policies come from: files, or the cluster. */
export const policySourceFlags = { ...filenameFlags, ...meshNameFlag, ...clusterFlags };

interface PolicySourceValues extends NamedFlags {
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
  const names = { meshName: flags['mesh-name'], isMeshNamed: flags.named?.has('mesh-name'), ...placeOf(flags) };
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

/** What names mean, and which OSM it is. */
export const surroundingsFlags = {
  ...meshNameFlag,
  hosts: Flags.string({
    helpValue: 'FILE',
    description: 'Addresses of names, in the format of /etc/hosts',
  }),
  dns: Flags.boolean({ description: 'Ask the resolver of this machine for addresses' }),
  'osm-version': Flags.option({
    options: OSM_VERSIONS,
    helpValue: 'VERSION',
    default: USUAL_OSM_VERSION,
    description: 'Version of OSM, where it makes a difference (docs/versions.md)',
  })(),
};

/** What decides what becomes of requests, whoever sends them: policies from files, the cluster, or both, and what names mean. */
export const everybodyWorldFlags = {
  ...filenameFlags,
  live: Flags.boolean({
    description: 'With -f: lay the files over what the cluster holds, as if they were applied',
    dependsOn: ['filename'],
  }),
  ...surroundingsFlags,
  ...clusterFlags,
};

/** Which mesh's resources are asked about. */
export const meshKindFlags = {
  mesh: Flags.option({
    options: ['osm', 'istio'] as const,
    default: 'osm' as const,
    helpValue: 'osm|istio',
    description: 'Whose resources decide: OSM’s, or Istio’s (docs/istio-egress.md)',
  })(),
  'mesh-config': Flags.string({
    helpValue: 'FILE',
    description:
      'With --mesh istio: its mesh configuration, or a ConfigMap with it, in place of the one that the input has',
  }),
};

interface MeshKindValues {
  readonly mesh?: 'osm' | 'istio';
  readonly 'mesh-config'?: string | undefined;
  readonly since?: readonly string[] | undefined;
}

/**
 * What the loader gets from `meshKindFlags`.
 * @throws UsageError for flags that mean nothing to the mesh
 */
export function istioInputOf(flags: MeshKindValues): { readonly istio?: IstioInputOptions } {
  if (flags.mesh !== 'istio') {
    if (flags['mesh-config'] === undefined) return {};
    throw new UsageError('--mesh-config is for Istio', 'add --mesh istio, or leave --mesh-config out');
  }
  if (flags.since) {
    throw new UsageError(
      '--since asks what OSM’s proxies keep, which Istio’s do not',
      'leave --since or --mesh istio out',
    );
  }
  return { istio: { meshConfig: flags['mesh-config'] } };
}

/** What running proxies were started with. */
export const sinceFlag = {
  since: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'OLD',
    description:
      'Answer for proxies that were started with OLD and keep it where Envoy refuses an update: files, directories, git:REV[:PATH], or cluster; repeatable',
  }),
};

/** What a running proxy holds. */
export const configDumpFlag = {
  'config-dump': Flags.string({
    helpValue: 'FILE',
    description:
      'Answer from what a running proxy holds, by the config dump of its administration interface; files of -f tell only what is excluded from interception, and what names mean',
    exclusive: ['live', 'since'],
  }),
};

/** The same, for requests of clients that are named. */
export const requestWorldFlags = {
  pod: Flags.custom<ClientName>({
    parse: flagReader(parseClient('Pod')),
    helpValue: '[NAMESPACE/]POD|KIND/NAME',
    description: 'Pod of the client, or its workload: its ServiceAccount and annotations count',
    exclusive: ['from'],
  })(),
  ...everybodyWorldFlags,
};

/** What decides what becomes of requests under either mesh. */
export const eitherMeshFlags = { ...requestWorldFlags, ...meshKindFlags };

interface EverybodyValues extends PolicySourceValues {
  readonly hosts?: string | undefined;
  readonly dns: boolean;
  readonly 'osm-version'?: OsmVersion | undefined;
}

interface RequestWorldValues extends EverybodyValues, MeshKindValues {
  readonly from?: ClientName | readonly ClientName[] | undefined;
  readonly pod?: ClientName | undefined;
  readonly 'config-dump'?: string | undefined;
}

/** What the loader gets from `everybodyWorldFlags`. */
export function everybodyInputOf(flags: EverybodyValues) {
  return { ...inputOf(flags), osmVersion: flags['osm-version'], hosts: flags.hosts, dns: flags.dns };
}

/**
 * What the loader gets from `requestWorldFlags` and `--from`.
 * @param teller who tells the source where no flag does: the command lines of targets, or a config dump
 * @throws UsageError when nobody sends the request
 */
export function requestInputOf(flags: RequestWorldValues, teller?: 'targets' | 'of the dump'): RequestInputOptions {
  const { from = [], pod, 'config-dump': configDump } = flags;
  const clients = pod ? [pod] : [from].flat();
  const dump = configDump === undefined ? {} : { configDump };
  const options = { ...everybodyInputOf(flags), ...istioInputOf(flags), clients, ...dump };
  if (clients.length > 0 || configDump !== undefined || teller !== undefined) return options;
  throw nobodySends();
}
