import { Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { memberFlags, namespacedFlag, portFlag, verifyOptionsOf } from '../../lib/command/verify-flags.js';
import { openCluster } from '../../lib/input/connection.js';

export default class VerifyIngress extends BaseCommand {
  static override summary = 'Verify that an ingress controller can reach a pod of the mesh';
  static override description =
    "Looks at namespaces, sidecars, the IngressBackend, and what the pod's proxy holds at this moment.";
  static override examples = [
    '<%= config.bin %> verify ingress --from-service nginx/nginx --to-pod httpbin/httpbin-0 --to-service httpbin --to-port 14001 --ingress-backend httpbin',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    'from-service': namespacedFlag({
      required: true,
      helpValue: 'NAMESPACE/SERVICE',
      description: "The ingress controller's Service",
    }),
    'to-pod': namespacedFlag({ required: true, helpValue: 'NAMESPACE/POD', description: 'The pod that receives' }),
    'to-service': Flags.string({ required: true, helpValue: 'NAME', description: "The pod's Service" }),
    'to-port': { ...portFlag('Port of the IngressBackend'), required: true as const },
    'ingress-backend': Flags.string({ required: true, helpValue: 'NAME', description: 'The IngressBackend' }),
    'app-protocol': Flags.string({
      default: 'http',
      helpValue: 'PROTOCOL',
      description: 'What is spoken: http or https',
    }),
    ...memberFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(VerifyIngress);
    const { kubeconfig, context, 'from-service': from, 'to-pod': pod, 'to-service': service } = flags;
    const { 'ingress-backend': ingressBackend, 'to-port': port, 'app-protocol': protocol } = flags;
    const { verifyIngress } = await import('../../lib/mesh/verify/ingress.js');
    const { printVerification } = await import('../../lib/output/verification.js');
    const cluster = await openCluster({ kubeconfig, context }, this.report);
    const question = { from, pod, service, ingressBackend, port: port!, protocol };
    const verification = await verifyIngress(cluster, question, verifyOptionsOf(flags, this.report));
    this.exitWith(await printVerification(verification, flags.output ?? 'text', this.palette));
  }
}
