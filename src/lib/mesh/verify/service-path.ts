import type { MeshService } from '../../simulator/control-plane/mesh-services.js';
import { meshClusterName } from '../../simulator/control-plane/mesh-services.js';
import { explain } from '../../simulator/explain.js';
import { parseTarget } from '../../simulator/request/index.js';
import { simulate } from '../../simulator/simulation.js';
import { destinationText, obstacleText, outcomeText } from '../../wording/verdict.js';
import type { ProxiedClient } from './external-traffic.js';
import { failure, success, unknown, type Verification } from './result.js';

const ROUTED: ReadonlySet<string> = new Set(['http', 'grpc']);

/** Does a pod's proxy lead each port of a service to the service, by what it holds? */
export function verifyPath(
  context: string,
  ports: readonly MeshService[],
  { world, source, pod, dump }: ProxiedClient,
): Verification {
  const simulation = simulate(world, source, { pod, held: dump.program });
  for (const service of ports) {
    const [address] = service.addresses;
    if (address === undefined) continue;
    const { verdict, target } = explain(simulation, parseTarget(requestTo(service, address)));
    const where = `port ${service.port} of service "${service.namespace}/${service.name}"`;
    const { ending } = verdict;
    if (!ending) {
      return unknown(context, `${where}: ${verdict.obstacles.map(obstacleText).join('; ') || 'left to chance'}`);
    }
    const cluster = meshClusterName(service.namespace, service.name, service.targetPort);
    if (ending.destination?.cluster === cluster) continue;
    const seen = ending.destination ? destinationText(ending.destination) : outcomeText(target, ending.outcome);
    return failure(context, `Traffic to ${where} does not go there: ${seen}`);
  }
  return success(context);
}

function requestTo({ name, namespace, port, protocol }: MeshService, address: string): string {
  const place = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const http2 = protocol === 'grpc' ? '--http2-prior-knowledge ' : '';
  if (ROUTED.has(protocol))
    return `curl ${http2}-H 'Host: ${name}.${namespace}.svc.cluster.local:${port}' http://${place}/`;
  return `tcp://${place}${protocol === 'tcp-server-first' ? ' --server-first' : ''}`;
}
