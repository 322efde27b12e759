import { createInspector } from '../../src/lib/analysis/inspect/inspect.js';
import type { PolicyReport } from '../../src/lib/analysis/inspect/report.js';
import { readAll, type Unread } from '../../src/lib/analysis/unread.js';
import { unreadOf } from '../../src/lib/input/unread.js';
import { ClusterError } from '../../src/lib/errors.js';
import type { Egress, HTTPRouteGroup, MeshConfig, Namespace, Resource } from '../../src/lib/resources/types.js';
import { createWorld } from '../../src/lib/simulator/world.js';

type Spec = Egress['spec'];

/** `egress('web', '80/http', { hosts: ['a.com'] })`: a policy in namespace curl for curl/curl. */
export function egress(name: string, ports: string, spec: Partial<Spec> = {}, namespace = 'curl'): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      ports: ports
        .split(',')
        .filter((port) => port !== '')
        .map((port) => ({ number: Number(port.split('/')[0]), protocol: port.split('/')[1] ?? '' })),
      ...spec,
    },
  };
}

export const source = (name: string, namespace = 'curl') => ({ kind: 'ServiceAccount', name, namespace });

export const routeGroup = (name: string, ...matches: HTTPRouteGroup['spec']['matches']): HTTPRouteGroup => ({
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name, namespace: 'curl' },
  spec: { matches },
});

export const toGroup = (name: string) => ({ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name });
export const toSetting = (name: string) => ({
  apiGroup: 'policy.openservicemesh.io/v1alpha1',
  kind: 'UpstreamTrafficSetting',
  name,
});

export function namespace(name: string, inMesh = true): Namespace {
  const labels = inMesh ? { 'openservicemesh.io/monitored-by': 'osm' } : {};
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export function meshConfig(spec: MeshConfig['spec'] = {}): MeshConfig {
  return {
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
    spec: { featureFlags: { enableEgressPolicy: true }, ...spec },
  };
}

/** The report of the first policy among the objects. */
export function inspect(objects: readonly Resource[], unread: Unread = readAll): PolicyReport {
  const world = createWorld(objects);
  const [policy] = world.egresses;
  if (!policy) throw new Error('there is no policy');
  return createInspector({ world, objects, worldOptions: {}, unread })(policy);
}

export const codesOf = ({ reasons }: PolicyReport): string[] => reasons.map(({ rule }) => rule);

/** As if the user might not read these kinds, anywhere. */
export function hiding(...kinds: string[]): Unread {
  const error = new ClusterError('forbidden', undefined, 403);
  const forbidden = kinds.map((kind) => ({ kind, error }));
  return unreadOf([{ objects: [], forbidden, missingKinds: [], missingObjects: [] }], []);
}
