import { Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { requestInputOf, requestWorldFlags, sourceFlag } from '../../lib/command/world-flags.js';

export default class EgressEnvoy extends BaseCommand {
  static override summary = 'Print what the control plane programs for a source, as Envoy configuration';
  static override description =
    'The outbound listener, the tables of routes and the clusters, as they are sent to the proxies of a ServiceAccount: YAML, or JSON with -o json. With --bootstrap, one configuration with which an Envoy starts by itself; services of the mesh are then reached without mTLS. What Envoy would refuse is said on standard error.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http --bootstrap > envoy.yaml',
  ];
  static override exitCodes = [0, 2, 3, 70];

  static override flags = {
    bootstrap: Flags.boolean({ description: 'Print one configuration with which an Envoy starts' }),
    ...sourceFlag,
    ...requestWorldFlags,
    ...outputFlag(['yaml', 'json']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressEnvoy);
    const { envoyConfigurationOf } = await import('../../lib/egress/envoy.js');
    const { printDocument } = await import('../../lib/output/document.js');
    const options = { ...requestInputOf(flags), bootstrap: flags.bootstrap };
    await printDocument(await envoyConfigurationOf(options, this.report), flags.output ?? 'yaml');
  }
}
