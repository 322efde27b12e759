import { BaseCommand } from '../../lib/command/base-command.js';
import { migrateFlags } from '../../lib/command/migrate-flags.js';
import { everybodyInputOf, everybodyWorldFlags } from '../../lib/command/world-flags.js';

export default class EgressMigrate extends BaseCommand {
  static override summary = 'Write Istio’s resources for OSM’s policies, and tell all requests that fare otherwise';
  static override description =
    'Reads what OSM really programs for every source, and writes ServiceEntries, VirtualServices and Sidecars of Istio that let the same requests through, in the order in which they are to be applied. The account beside them is exact: every class of requests that is allowed by one mesh and not by the other, that ends up elsewhere, or that the client sees differently, each with a command line to try. Nothing is changed in a cluster. Exit code 0: nothing is wider and nothing narrower; 1: something is; 4: too large to decide.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --to istio -f examples/http-routes',
    '<%= config.bin %> <%= command.id %> --to istio -f examples/https -o text',
    '<%= config.bin %> <%= command.id %> --to istio -f examples/tcp -o markdown',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = { ...everybodyWorldFlags, ...migrateFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressMigrate);
    const { migrateEgress, migrationExitCode, tryResources } = await import('../../lib/egress/migrate.js');
    const { printMigration } = await import('../../lib/output/migrate/printer.js');
    const { writeForTheDay, writeMigration } = await import('../../lib/output/migrate/directory.js');
    const { identity, gateway, output, tests, 'probe-script': script } = flags;
    const answer = await migrateEgress({ ...everybodyInputOf(flags), identity, gateway }, this.report);
    if (flags['dry-run']) await tryResources(answer, this.report);
    const directory = flags.directory ?? (output === 'dir' ? 'istio' : undefined);
    if (directory !== undefined) await writeMigration(answer, directory);
    const format = output ?? (directory === undefined ? 'yaml' : 'dir');
    if (format !== 'dir') await printMigration(answer, format, this.palette);
    await writeForTheDay(answer, { tests, script, directory });
    this.exitWith(migrationExitCode(answer, flags['fail-on']));
  }
}
