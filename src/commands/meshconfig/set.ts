import { Args } from '@oclif/core';

import { ChangeCommand } from '../../lib/command/change-command.js';
import { meshConfigFlags, meshConfigRef } from '../../lib/command/mesh-flags.js';
import { parseAssignments } from '../../lib/mesh/meshconfig/assignments.js';
import { changeMeshConfig } from '../../lib/mesh/meshconfig/service.js';

export default class MeshConfigSet extends ChangeCommand {
  static override summary = 'Set or remove fields of the mesh-wide configuration';
  static override description =
    'PATH is a field of spec, such as traffic.enableEgress. PATH=VALUE sets it, PATH- or PATH=null removes it. A list is ' +
    'written as 80,443 or as JSON, a section as JSON; LIST+=VALUE adds to a list, LIST-=VALUE takes from it. All fields are checked before anything is sent, and are changed together.';
  static override args = {
    assignment: Args.string({
      required: true,
      multiple: true,
      description: 'PATH=VALUE, PATH-, LIST+=VALUE or LIST-=VALUE; several may follow',
    }),
  };
  static override flags = meshConfigFlags;
  static override examples = [
    '<%= config.bin %> meshconfig set sidecar.logLevel=debug observability.osmLogLevel=trace',
    '<%= config.bin %> meshconfig set traffic.outboundPortExclusionList=6379,7070',
    '<%= config.bin %> meshconfig set traffic.outboundIPRangeExclusionList+=192.0.2.0/24',
    '<%= config.bin %> meshconfig set traffic.outboundPortExclusionList- --dry-run=client',
  ];
  static override exitCodes = [0, 2, 3, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MeshConfigSet);
    const assignments = parseAssignments(args.assignment);
    await this.change(flags, (cluster, { dryRun }) =>
      changeMeshConfig(cluster, meshConfigRef(flags, this.report), assignments, { dryRun }),
    );
  }
}
