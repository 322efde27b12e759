import { Flags } from '@oclif/core';
import { textWidth } from '../../lib/cli/streams.js';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { ExitCode, UsageError } from '../../lib/errors.js';
import { requestInputOf, requestWorldFlags, sourceFlag } from '../../lib/command/world-flags.js';

export default class EgressEnvoy extends BaseCommand {
  static override summary = 'Print what the control plane programs for a source, as Envoy configuration';
  static override description =
    'The outbound listener, the tables of routes and the clusters, as they are sent to the proxies of a ServiceAccount: YAML, or JSON with -o json. With --bootstrap, one configuration with which an Envoy starts by itself; services of the mesh are then reached without mTLS. What Envoy would refuse is said on standard error. With --diff, how the config dump of a running proxy differs from that: exit code 0 when it does not, 1 when it does.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http --bootstrap > envoy.yaml',
    '<%= config.bin %> <%= command.id %> --diff examples/proxy/config_dump -f examples/http -f examples/https',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  static override flags = {
    bootstrap: Flags.boolean({ description: 'Print one configuration with which an Envoy starts' }),
    diff: Flags.string({
      helpValue: 'FILE',
      description:
        'Compare with the config dump of a running proxy instead: what is stale, refused, missing or too much',
      exclusive: ['bootstrap'],
    }),
    ...sourceFlag,
    ...requestWorldFlags,
    ...outputFlag(['yaml', 'json', 'text']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressEnvoy);
    const { diff, bootstrap, output: format } = flags;
    const { compareWithProxy, envoyConfigurationOf } = await import('../../lib/egress/envoy.js');
    if (diff !== undefined) {
      const { printComparison } = await import('../../lib/output/proxy-comparison/printer.js');
      const comparison = await compareWithProxy({ ...requestInputOf(flags, 'of the dump'), diff }, this.report);
      await printComparison(comparison, { format: format ?? 'text', width: textWidth(), palette: this.palette });
      return this.exitWith(comparison.differences.length === 0 ? ExitCode.yes : ExitCode.no);
    }
    if (format === 'text') throw new UsageError('-o text is for --diff', 'write -o yaml or -o json');
    const { printDocument } = await import('../../lib/output/document.js');
    const configuration = await envoyConfigurationOf({ ...requestInputOf(flags), bootstrap }, this.report);
    await printDocument(configuration, format ?? 'yaml');
  }
}
