import { ChangeCommand } from '../../lib/command/change-command.js';
import { metricsFlags, metricsScope } from '../../lib/command/metrics-flags.js';
import { changeMetrics } from '../../lib/mesh/metrics/change.js';

export default class MetricsEnable extends ChangeCommand {
  static override summary = 'Let Prometheus find the statistics of the sidecars in namespaces';
  static override description =
    'Annotates the namespaces, so that new pods are found, and their pods that have a sidecar already. All namespaces are looked at first: ' +
    'when one cannot be changed, none is.';
  static override flags = metricsFlags;
  static override examples = [
    '<%= config.bin %> metrics enable --namespace bookstore,bookbuyer',
    '<%= config.bin %> metrics enable --all --dry-run=client',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(MetricsEnable);
    const scope = metricsScope(flags);
    await this.change(flags, (cluster, run) => changeMetrics(cluster, scope, 'enabled', run));
  }
}
