import type {
  Egress,
  Endpoints,
  Resource,
  Service,
  TrafficSplit,
  UpstreamTrafficSetting,
} from '../../../src/lib/resources/types.js';
import { explain } from '../../../src/lib/simulator/explain.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../../src/lib/simulator/verdict.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { assumptionText, remarksOn } from '../../../src/lib/wording/verdict.js';

/** Objects of one small mesh, with everything that a test does not care about filled in. */

export const SOURCE = { namespace: 'curl', serviceAccount: 'curl' };

export function meshConfig(traffic: object = {}): Resource {
  return {
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
    spec: {
      featureFlags: { enableEgressPolicy: true },
      traffic: { enableEgress: false, enablePermissiveTrafficPolicyMode: true, ...traffic },
    },
  };
}

export function service(name: string, spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { clusterIP: '203.0.113.200', selector: { app: name }, ports: [{ name: 'http', port: 80 }], ...spec },
  };
}

type Subset = NonNullable<Endpoints['subsets']>[number];

export function endpoints(name: string, ...subsets: Subset[]): Endpoints {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace: 'shop' }, subsets };
}

/** One endpoint, whose port is called `http`. */
export function served(name: string, port = 8080, portName = 'http'): Endpoints {
  return endpoints(name, { addresses: [{ ip: '203.0.113.220' }], ports: [{ name: portName, port }] });
}

export function split(name: string, root: string, ...backends: [service: string, weight: number][]): TrafficSplit {
  return {
    apiVersion: 'split.smi-spec.io/v1alpha2',
    kind: 'TrafficSplit',
    metadata: { name, namespace: 'shop' },
    spec: { service: root, backends: backends.map(([backend, weight]) => ({ service: backend, weight })) },
  };
}

type ConnectionSettings = NonNullable<UpstreamTrafficSetting['spec']['connectionSettings']>;

export function setting(name: string, connectionSettings: ConnectionSettings, host = 'a.b'): UpstreamTrafficSetting {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'UpstreamTrafficSetting',
    metadata: { name, namespace: host === 'a.b' ? 'curl' : 'shop' },
    spec: { host, connectionSettings },
  };
}

/** A policy of the source; `setting` is the UpstreamTrafficSetting that it names. */
export function policy(name: string, spec: Partial<Egress['spec']>, named?: string): Egress {
  const reference = {
    apiGroup: 'policy.openservicemesh.io/v1alpha1',
    kind: 'UpstreamTrafficSetting',
    name: named ?? '',
  };
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'curl' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      ports: [{ number: 80, protocol: 'http' }],
      ...(named !== undefined && { matches: [reference] }),
      ...spec,
    },
  };
}

const ADDRESSES = new Map([
  ['httpbin.org', '192.0.2.10'],
  ['example.com', '198.51.100.20'],
]);

export function simulationOf(objects: readonly Resource[]): Simulation {
  const resolve = (name: string) => {
    const address = ADDRESSES.get(name);
    return address === undefined ? undefined : [address];
  };
  return simulate(createWorld([meshConfig(), ...objects]), SOURCE, { resolve });
}

export function decide(objects: readonly Resource[], line: string): Verdict {
  return simulationOf(objects).decide(parseTarget(line));
}

/** `mesh shop/web|80`, `http 404`, `closed`; of an uncertain verdict all alternatives, joined by ` or `. */
export function seen(objects: readonly Resource[], line: string): string {
  const { ending, alternatives, verdict } = decide(objects, line);
  const endings = (ending ? [ending] : alternatives).map(({ outcome, destination }) =>
    [outcome.class, outcome.httpStatus, destination?.cluster]
      .filter((part) => part !== null && part !== undefined)
      .join(' '),
  );
  return endings.length === 0 ? verdict : endings.join(' or ');
}

/** What is said of a request to the service `web` beside the verdict; assumptions about namespaces and pods left out. */
export function told(objects: readonly Resource[]): { remarks: string[]; assumptions: string[] } {
  const explanation = explain(simulationOf(objects), parseTarget(byHost('web.shop')));
  const ofTheWorld = new Set(['no-namespace', 'no-pod', 'far-side']);
  return {
    remarks: remarksOn(explanation).map(({ message }) => message),
    assumptions: explanation.verdict.assumptions.filter(({ code }) => !ofTheWorld.has(code)).map(assumptionText),
  };
}

/** A request to the ClusterIP of `service`, with a Host header. */
export function byHost(host: string, address = '203.0.113.200', port = 80): string {
  return `curl -H 'Host: ${host}' http://${address}:${port}/`;
}
