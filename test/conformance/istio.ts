import { readFileSync } from 'node:fs';
import type { IstioMeshConfig } from '../../src/lib/resources/istio-types.js';
import type { KubernetesObject, Pod } from '../../src/lib/resources/types.js';
import { istioSimulations } from '../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type IstioWorld } from '../../src/lib/simulator/istio/world.js';
import type { Simulation } from '../../src/lib/simulator/simulation.js';
import { recordedHosts, type Expectation } from './recordings.js';
import type { Hosts } from './replay.js';

/** What was recorded of a probe under Istio; see README.md. */
export interface IstioExpectation extends Omit<Expectation, 'class'> {
  class: 'refused' | 'closed' | 'http' | 'reached' | 'mesh' | 'stalled' | 'tls-error';
  waited?: number;
}

export interface RecordedIstioWorld {
  name: string;
  why: string;
  source: {
    namespace: string;
    serviceAccount: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
    dualStack?: boolean;
    meta?: Record<string, string>;
  };
  resources: KubernetesObject[];
  meshConfig: IstioMeshConfig;
  pilotEnv?: Record<string, string>;
  admission?: { kind: string; name: string; error?: string; warning?: string }[];
  probes: { target: string; expect: IstioExpectation }[];
}

export function recordedIstioWorlds(): RecordedIstioWorld[] {
  return readFileSync(new URL('istio.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedIstioWorld);
}

export function istioWorldOf({ resources, meshConfig, source, pilotEnv }: RecordedIstioWorld): IstioWorld {
  return createIstioWorld([...resources, podOf(source)], {
    meshConfig,
    ipv6: { redirected: source.dualStack === true, programmed: pilotEnv?.['ISTIO_DUAL_STACK'] === 'true' },
  });
}

/** The recorder gave proxies what annotations of a pod would. */
function podOf({ namespace, serviceAccount, labels, annotations = {}, meta = {} }: RecordedIstioWorld['source']): Pod {
  const capture = meta['DNS_CAPTURE'];
  const config = capture && { 'proxy.istio.io/config': `proxyMetadata: {ISTIO_META_DNS_CAPTURE: "${capture}"}` };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace, labels, annotations: { ...annotations, ...config } },
    // its sidecar was there, whatever the injector would have said
    spec: { serviceAccountName: serviceAccount, containers: [{ name: 'client' }, { name: 'istio-proxy' }] },
  };
}

export function istioHosts(): Hosts {
  return new Map([...recordedHosts(), ['v6.test', '2001:db8::40']]);
}

export function istioSimulationOf(
  recorded: RecordedIstioWorld,
  hosts: Hosts,
  world = istioWorldOf(recorded),
): Simulation {
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  // the interface of the recorder's pods had a name of its own
  const options = { resolve, onlyDeclaredPorts: true, podInterface: 'isvc' };
  const [simulation] = istioSimulations(world, recorded.source, options);
  return simulation!;
}
