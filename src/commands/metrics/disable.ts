import { ChangeCommand } from '../../lib/command/change-command.js';
import { metricsFlags, metricsScope } from '../../lib/command/metrics-flags.js';
import { changeMetrics } from '../../lib/mesh/metrics/change.js';

export default class MetricsDisable extends ChangeCommand {
  static override summary = 'Hide the statistics of the sidecars in namespaces from Prometheus';
  static override description =
    'Takes back what metrics enable writes, from the namespaces and from their pods; prometheus.io annotations with other values stay. ' +
    'All namespaces are looked at first: when one cannot be changed, none is.';
  static override flags = metricsFlags;
  static override examples = [
    '<%= config.bin %> metrics disable --namespace bookstore,bookbuyer',
    '<%= config.bin %> metrics disable --all --dry-run=client',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MetricsDisable);
    const scope = metricsScope(flags);
    await this.change(flags, (cluster, run) => changeMetrics(cluster, scope, 'disabled', run));
  }
}
