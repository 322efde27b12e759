import { Flags } from '@oclif/core';

import { readInstallation } from '../input/environment.js';
import { usualNames, type MeshNames } from '../input/mesh-names.js';
import { flagReader } from './reading.js';
import { parseMeshName, parseNamespace } from './words/names.js';

/** Flag groups that several commands share, so that one name means one thing everywhere (osm-ts, "Conventions"). */

/**
 * `-o, --output`. The first format is what is printed without the flag when `byDefault` names it; otherwise the flag is absent.
 * @param formats what the command can print, in the order that the help lists
 */
export function outputFlag<const T extends readonly string[]>(formats: T) {
  return {
    output: Flags.option({
      char: 'o',
      options: formats,
      helpValue: formats.join('|'),
      description: 'How to print the answer',
    })(),
  };
}

/** Which cluster, and where in it. Only commands that may speak to a cluster have them. */
export const clusterFlags = {
  kubeconfig: Flags.string({
    helpValue: 'FILE',
    description: 'Kubeconfig file to use instead of $KUBECONFIG and ~/.kube/config',
    helpGroup: 'cluster',
  }),
  context: Flags.string({
    helpValue: 'NAME',
    description: 'Context of the kubeconfig to use',
    helpGroup: 'cluster',
  }),
  'osm-namespace': Flags.string({
    parse: flagReader(parseNamespace),
    helpValue: 'NAMESPACE',
    description: 'Namespace of the control plane',
    env: 'OSM_NAMESPACE',
    default: async () => (await readInstallation(process.env)).namespace,
    // Help and the manifest must not depend on whose machine made them.
    defaultHelp: () => Promise.resolve(usualNames.osmNamespace),
    helpGroup: 'cluster',
  }),
  namespace: Flags.string({
    parse: flagReader(parseNamespace),
    char: 'n',
    helpValue: 'NAMESPACE',
    description: "Namespace of the object; the context's if not given",
    helpGroup: 'cluster',
  }),
};

/** Flags whose value somebody has named; `named` in what a command gets from its flags. */
export interface NamedFlags {
  readonly named?: ReadonlySet<string> | undefined;
}

/** Where `--osm-namespace` says that the control plane is, and whether somebody has named that place. */
export function placeOf(flags: NamedFlags & { readonly 'osm-namespace': string }): Omit<MeshNames, 'meshName'> {
  return { osmNamespace: flags['osm-namespace'], isPlaceNamed: flags.named?.has('osm-namespace') };
}

/** The mesh that a command is about. */
export const meshNameFlag = {
  'mesh-name': Flags.string({
    parse: flagReader(parseMeshName),
    helpValue: 'NAME',
    default: usualNames.meshName,
    description: 'Name of the mesh',
  }),
};

/** Manifests to read instead of a cluster, or besides one. */
export const filenameFlags = {
  filename: Flags.string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'PATH',
    description: 'File or directory with manifests, .tar.gz of some, or - for standard input; repeatable',
  }),
  recursive: Flags.boolean({
    char: 'R',
    description: 'Read the directories of -f with everything below them',
  }),
};

/** For command lines that were written for the mirrored program, which needs a port of this machine to reach a pod. */
export const localPortFlag = {
  'local-port': Flags.integer({
    char: 'p',
    min: 0,
    max: 65_535,
    helpValue: 'PORT',
    description: 'Taken for the sake of osm command lines: no port of this machine is used',
  }),
};

/** The same, for commands that do not ask where a control plane is. The mirrored program takes it everywhere. */
export const unusedOsmNamespaceFlag = {
  'osm-namespace': Flags.string({
    helpValue: 'NAMESPACE',
    description: 'Taken for the sake of osm command lines: nothing is looked for there',
    hidden: true,
  }),
};

/** `-A`, for commands that list objects. */
export const allNamespacesFlag = {
  'all-namespaces': Flags.boolean({ char: 'A', description: 'Look in every namespace', exclusive: ['namespace'] }),
};

/** For every command that changes a cluster. */
export const dryRunFlag = {
  'dry-run': Flags.option({
    options: ['none', 'client', 'server'] as const,
    default: 'none' as const,
    helpValue: 'none|client|server',
    description:
      'client, also without a value: print what would be sent and send nothing. server: let the API server check it without keeping it',
  })(),
};

/** Every command has these. */
export const globalFlags = {
  verbose: Flags.boolean({ description: 'Say more on standard error', helpGroup: 'global' }),
  'no-color': Flags.boolean({ description: 'Print without colours', helpGroup: 'global' }),
  'no-input': Flags.boolean({ description: 'Never ask; a missing answer is an error', helpGroup: 'global' }),
};
