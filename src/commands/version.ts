import { Flags } from '@oclif/core';

import { BaseCommand } from '../lib/command/base-command.js';
import { outputFlag, unusedOsmNamespaceFlag } from '../lib/command/flags.js';
import { connectionFlags } from '../lib/command/mesh-flags.js';
import { askedForCluster } from '../lib/input/connection.js';
import { printVersions } from '../lib/output/version.js';

export default class Version extends BaseCommand {
  static override summary = 'Print the version of osm-ts, and of the meshes of the cluster';
  static override description =
    'The meshes are asked where a kubeconfig names a cluster. No other server is: whether there is a newer release is not looked up.';
  static override flags = {
    'client-only': Flags.boolean({
      description: 'Print only the version of osm-ts',
      exclusive: ['kubeconfig', 'context'],
    }),
    'version-only': Flags.boolean({
      description: 'Taken for the sake of osm command lines: releases are never looked up',
    }),
    ...outputFlag(['json', 'yaml']),
    ...connectionFlags,
    ...unusedOsmNamespaceFlag,
  };
  static override examples = [
    '<%= config.bin %> version',
    '<%= config.bin %> version --client-only',
    '<%= config.bin %> version -o json',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const { output, kubeconfig, context } = flags;
    const { versions, platform, arch } = process;
    const client = { version: this.config.version, node: versions.node, platform: `${platform}-${arch}` };
    if (flags['client-only'] || !askedForCluster({ kubeconfig, context })) {
      return printVersions(client, undefined, output);
    }
    const { askVersions } = await import('../lib/mesh/versions.js');
    const { meshes, errors } = await askVersions({ kubeconfig, context }, this.report);
    await printVersions(client, meshes, output);
    if (errors.length > 0) throw errors.length > 1 ? new AggregateError(errors) : errors[0]!;
  }
}
