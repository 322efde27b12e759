import type { Program } from './control-plane/program.js';
import type { Interceptor } from './interception.js';
import type { Pod } from '../resources/types.js';
import type { Assumption } from './verdict.js';
import { fieldRef, type Source, type World } from './world.js';

interface AnyClient {
  readonly pod: Pod | undefined;
  readonly interceptor: Interceptor;
}

/** Kinds without which there still is a verdict, of everything else that is known. */
const DISPENSABLE_KINDS = [
  'Service',
  'Endpoints',
  'TrafficTarget',
  'TrafficSplit',
  'UpstreamTrafficSetting',
  'Pod',
  'Namespace',
];

/** What holds for every request of a source, and the input does not tell. */
export function assumeWhatIsMissing(
  world: World,
  source: Source,
  { applied }: Program,
  clients: readonly [AnyClient, ...AnyClient[]],
  isHeld: boolean,
): Assumption[] {
  const assumptions: Assumption[] = [];
  const { meshConfig, namespaces, osmNamespace, unreadable } = world;
  const isOutside = clients.every(({ interceptor }) => !interceptor.sidecar.injected);
  if (!meshConfig && !unreadable.has('MeshConfig') && !isOutside)
    assumptions.push({ code: isHeld ? 'no-exclusion-lists' : 'no-mesh-config' });
  else if (meshConfig && (meshConfig.metadata.namespace ?? 'default') !== osmNamespace) {
    assumptions.push({ code: 'mesh-config-elsewhere', at: fieldRef(meshConfig, 'metadata', 'namespace') });
  }
  const used = [source.namespace, ...applied.map(({ metadata }) => metadata.namespace ?? 'default')];
  for (const namespace of new Set(used)) {
    if (!isHeld && !namespaces.has(namespace)) assumptions.push({ code: 'no-namespace', namespace });
  }
  for (const kind of DISPENSABLE_KINDS) {
    if ((unreadable as ReadonlySet<string>).has(kind)) assumptions.push({ code: 'settings-unreadable', kind });
  }
  const [{ pod, interceptor }] = clients;
  const { sidecar } = interceptor;
  if (sidecar.injected && (!pod || sidecar.assumed)) {
    assumptions.push({ code: pod ? 'injection-not-stated' : 'no-pod' });
  }
  return assumptions;
}
