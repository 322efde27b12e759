import { Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { everybodyInputOf, everybodyWorldFlags } from '../../lib/command/world-flags.js';

export default class EgressMigrate extends BaseCommand {
  static override summary = 'Write Istio’s resources for OSM’s policies, and tell all requests that fare otherwise';
  static override description =
    'Reads what OSM really programs for every source, and writes ServiceEntries, VirtualServices and Sidecars of Istio that let the same requests through, in the order in which they are to be applied. The account beside them is exact: every class of requests that is allowed by one mesh and not by the other, that ends up elsewhere, or that the client sees differently, each with a command line to try. Nothing is sent to a cluster. Exit code 0: nothing is wider and nothing narrower; 1: something is; 4: too large to decide.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --to istio -f examples/http-routes',
    '<%= config.bin %> <%= command.id %> --to istio -f examples/https -o text',
    '<%= config.bin %> <%= command.id %> --to istio --directory istio/',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    to: Flags.option({
      options: ['istio'] as const,
      required: true,
      helpValue: 'istio',
      description: 'The mesh to move to',
    })(),
    ...everybodyWorldFlags,
    identity: Flags.option({
      options: ['namespace', 'workload'] as const,
      helpValue: 'namespace|workload',
      description:
        'How sources of one namespace are told apart: not at all, or by labels of their pods; the least that keeps what they may do if not given',
    })(),
    'fail-on': Flags.option({
      options: ['any', 'wider', 'narrower'] as const,
      default: 'any',
      helpValue: 'any|wider|narrower',
      description: 'What makes the exit code 1: both, or only what is wider, or narrower',
    })(),
    directory: Flags.string({
      helpValue: 'DIR',
      description: 'Write the resources, what istiod is to be told and the account to files of this directory',
    }),
    ...outputFlag(['yaml', 'json', 'text', 'markdown', 'html']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressMigrate);
    const { migrateEgress, migrationExitCode } = await import('../../lib/egress/migrate.js');
    const { printMigration } = await import('../../lib/output/migrate/printer.js');
    const { writeMigration } = await import('../../lib/output/migrate/directory.js');
    const answer = await migrateEgress({ ...everybodyInputOf(flags), identity: flags.identity }, this.report);
    if (flags.directory !== undefined) await writeMigration(answer, flags.directory);
    else await printMigration(answer, flags.output ?? 'yaml', this.palette);
    this.exitWith(migrationExitCode(answer, flags['fail-on']));
  }
}
