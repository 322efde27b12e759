import { BaseCommand } from '../../lib/command/base-command.js';
import { verifyFlags } from '../../lib/command/verify-flags.js';
import { openCluster } from '../../lib/input/connection.js';

export default class VerifyControlPlaneHealth extends BaseCommand {
  static override summary = 'Verify that the pods of the control plane are ready, and answer their health probes';
  static override description =
    'Asks the controller, the injector and the bootstrap through the API server; no port of this machine is used. What may not be looked at is told as Unknown.';
  static override examples = [
    '<%= config.bin %> verify control-plane-health',
    '<%= config.bin %> verify control-plane-health --osm-namespace mesh -o json',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = verifyFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(VerifyControlPlaneHealth);
    const { kubeconfig, context, 'osm-namespace': osmNamespace, timeout } = flags;
    const { verifyHealth } = await import('../../lib/mesh/verify/health.js');
    const { printVerification } = await import('../../lib/output/verification.js');
    const cluster = await openCluster({ kubeconfig, context }, this.report);
    const verification = await verifyHealth(cluster, { osmNamespace, timeoutMs: timeout * 1000 });
    this.exitWith(await printVerification(verification, flags.output ?? 'text', this.palette));
  }
}
