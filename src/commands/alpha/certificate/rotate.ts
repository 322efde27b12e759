import { ChangeCommand } from '../../../lib/command/change-command.js';
import { interruptible } from '../../../lib/command/interruptible.js';
import { rotateFlags, rotateRequest } from '../../../lib/command/rotate-flags.js';
import { rotateRootCertificate } from '../../../lib/mesh/certificate/rotate.js';

export default class AlphaCertificateRotate extends ChangeCommand {
  static override summary = 'Replace the root certificate of a mesh, while it goes on working';
  static override description =
    'For meshes of the archived main branch of OSM, whose MeshRootCertificates have roles; v1.2.4 has none. ' +
    'The new certificate becomes passive, then active, then the old one passive and inactive. After each step there is a pause (--wait), ' +
    'and the rotation stops where the control plane has not followed; run with -c it goes on from there.';
  static override aliases = ['alpha:mrc:rotate'];
  static override flags = rotateFlags;
  static override examples = [
    '<%= config.bin %> alpha certificate rotate --dry-run=client',
    '<%= config.bin %> alpha certificate rotate --accept --delete --wait 5m',
    '<%= config.bin %> alpha certificate rotate -c osm-mesh-root-certificate-2',
  ];
  static override exitCodes = [0, 1, 2, 3, 70];

  async run(): Promise<void> {
    const { flags } = await this.parse(AlphaCertificateRotate);
    const { report } = this;
    report.note('this is a preview of OSM: run it in test environments first');
    const request = rotateRequest(flags, report);
    const confirm = async (plan: readonly string[]): Promise<boolean> => {
      if (flags.accept) return true;
      for (const line of plan) report.note(line);
      return this.confirm('Rotate the root certificate', '--accept');
    };
    await interruptible((signal) =>
      this.change(flags, (cluster) => rotateRootCertificate(cluster, request, { report, signal, confirm })),
    );
  }
}
