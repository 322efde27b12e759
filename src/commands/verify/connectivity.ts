import { Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { memberFlags, namespacedFlag, portFlag, verifyOptionsOf } from '../../lib/command/verify-flags.js';
import { externalTraffic } from '../../lib/command/words/external-traffic.js';
import { UsageError } from '../../lib/errors.js';
import { openCluster } from '../../lib/input/connection.js';

export default class VerifyConnectivity extends BaseCommand {
  static override summary = 'Verify that a pod can reach another one, or a server outside of the mesh';
  static override description =
    "Looks at namespaces, sidecars, and what the pods' proxies hold at this moment: the traffic is led through it as Envoy would. Nothing is sent. A step that cannot be carried out is told as Unknown.";
  static override examples = [
    '<%= config.bin %> verify connectivity --from-pod curl/curl-0 --to-ext-port 443 --app-protocol https --to-ext-host httpbin.org',
    '<%= config.bin %> verify connectivity --from-pod curl/curl-0 --to-pod httpbin/httpbin-0 --to-service httpbin -o json',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    'from-pod': namespacedFlag({ required: true, helpValue: 'NAMESPACE/POD', description: 'The pod that sends' }),
    'to-pod': namespacedFlag({ helpValue: 'NAMESPACE/POD', description: 'The pod that receives' }),
    'to-service': Flags.string({
      helpValue: 'NAME',
      description: 'A service of the pod that receives, in its namespace; needed with --to-pod',
      dependsOn: ['to-pod'],
    }),
    'to-ext-port': portFlag('Port outside of the mesh'),
    'to-ext-host': Flags.string({
      helpValue: 'HOST',
      description: 'Host outside of the mesh',
      dependsOn: ['to-ext-port'],
    }),
    'app-protocol': Flags.string({
      default: 'http',
      helpValue: 'PROTOCOL',
      description: 'What is spoken to the outside: http, https, tcp, tcp-server-first or grpc',
    }),
    ...memberFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(VerifyConnectivity);
    const { kubeconfig, context, 'to-pod': pod, 'to-service': service, 'app-protocol': word } = flags;
    const port = flags['to-ext-port'];
    if (pod === undefined && port === undefined) throw new UsageError('one of --to-pod|--to-ext-port must be set');
    if (pod && port !== undefined) throw new UsageError('--to-pod cannot be set with --to-ext-port');
    if (pod && service === undefined) throw new UsageError('--to-service must be set with --to-pod');
    const destination = pod
      ? ({ kind: 'pod', pod, service: service!, protocol: word } as const)
      : ({ kind: 'external', ...externalTraffic(word, flags['to-ext-host'], port!) } as const);
    const { verifyConnectivity } = await import('../../lib/mesh/verify/connectivity.js');
    const { printVerification } = await import('../../lib/output/verification.js');
    const cluster = await openCluster({ kubeconfig, context }, this.report);
    const options = verifyOptionsOf(flags, this.report);
    const verification = await verifyConnectivity(cluster, flags['from-pod'], destination, options);
    this.exitWith(await printVerification(verification, flags.output ?? 'text', this.palette));
  }
}
