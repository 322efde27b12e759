import { parseIpv4 } from '../../src/lib/text/ip.js';
import { createNames, type Resolver } from '../../src/lib/simulator/names.js';
import { clientContainersOf, createInterceptor, PROXY_USER } from '../../src/lib/simulator/interception.js';
import type { Resource } from '../../src/lib/resources/types.js';
import { parseTarget, splitShellWords, type Target } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld, type Source, type World } from '../../src/lib/simulator/world.js';
import { envoyFiles, type EnvoyFiles, type EnvoyFilesOptions, type EnvoySettings } from './envoy-files.js';
import { iptablesRules } from './iptables.js';
import type { ClusterLimits } from '../../src/lib/simulator/envoy/types.js';

/** Lower-case names and their addresses, in order. */
export type Zone = Readonly<Record<string, readonly string[]>>;

export type Probe =
  | { readonly kind: 'curl'; readonly words: readonly string[] }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly silent: boolean };

/** Everything that happens inside the namespaces; plain data, because it is sent there. */
export interface Experiment {
  readonly podAddress: string;
  /** Input of iptables-restore; null: the pod has no sidecar. */
  readonly iptables: string | null;
  readonly files: EnvoyFiles;
  /** What the proxy is started with, before it gets the files; undefined: it is started with them. */
  readonly filesBefore: EnvoyFiles | undefined;
  readonly zones: { readonly client: Zone; readonly envoy: Zone };
  /** Ports on which servers outside listen, at every address. */
  readonly ports: readonly number[];
  readonly probes: readonly Probe[];
  /** Who runs curl: Envoy's user where the pod's containers do, else anybody. */
  readonly clientUser: number;
  /** One client after the other: all at once they would meet a limit that none of them meets alone. */
  readonly inTurn: boolean;
  readonly detectionTimeoutSeconds: number;
}

/** A world with the client in it, and what is asked of it. */
export interface Question {
  readonly resources: readonly Resource[];
  readonly source: Source;
  /** What the proxy is started with, where it then gets the resources; it keeps what Envoy does not refuse. */
  readonly since?: readonly Resource[] | undefined;
  readonly targets: readonly string[];
  /** What names resolve to, besides those of services; nothing else resolves. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
}

export interface PreparedQuestion {
  readonly simulation: Simulation;
  readonly targets: readonly Target[];
  readonly experiment: Experiment;
  /** Clusters of mesh services by the address that stands for their endpoints. */
  readonly meshClusters: ReadonlyMap<string, string>;
}

const DEFAULT_POD_ADDRESS = '10.244.255.254';

/**
 * Sets an experiment up: what our control plane model programs, for a real Envoy.
 * @throws TargetError for a target that cannot be read
 */
export function prepare(question: Question, settings: EnvoySettings): PreparedQuestion {
  const { source, hosts } = question;
  const world = createWorld(question.resources);
  const resolve: Resolver = (name) => hosts.get(name) ?? 'not-found';
  const since = question.since && simulate(createWorld(question.since), source, { resolve });
  const simulation = simulate(world, source, { resolve, since });
  const { program, pod } = simulation;
  const targets = question.targets.map((line) => parseTarget(line));
  const meshClusters = new Map<string, string>();
  const options: EnvoyFilesOptions = {
    ...settings,
    // One address of the range for benchmarks stands for each cluster, so that a server can tell which was meant. It is there
    // even when the service has no endpoints: "in-mesh" says where a request is handed to, not what becomes of it there.
    meshEndpoints: ({ name }) => {
      const number = meshClusters.size + 1;
      const address = `198.18.${number >> 8}.${number & 255}`;
      meshClusters.set(address, name);
      return [{ address, port: MESH_PORT }];
    },
  };
  const files = envoyFiles(program, source, options);
  const filesBefore = since && envoyFiles(since.program, source, options);
  // interception is set up when the pod starts
  const atStart = since ?? simulation;
  const { sidecar } = createInterceptor(atStart.world, source, atStart.pod);
  const clusters = [...program.clusters.values(), ...(since?.program.clusters.values() ?? [])];
  const clusterPorts = clusters.flatMap((cluster) => (cluster.kind === 'dns' ? [cluster.port] : []));
  const ports = new Set([MESH_PORT, ...clusterPorts, ...targets.map(({ dial }) => dial.port)]);
  const podAddress = parseIpv4(pod?.status?.podIP ?? '') === undefined ? DEFAULT_POD_ADDRESS : pod!.status!.podIP!;
  return {
    simulation,
    targets,
    meshClusters,
    experiment: {
      podAddress,
      iptables: sidecar.injected ? iptablesRules(atStart.world.meshConfig, atStart.pod) : null,
      files,
      filesBefore,
      zones: { client: clientZone(world, source, targets, resolve), envoy: Object.fromEntries(hosts) },
      ports: [...ports],
      probes: targets.map((target, index) => probeOf(target, question.targets[index]!)),
      clientUser: clientContainersOf(atStart.pod).every(({ asProxy }) => asProxy) ? PROXY_USER : CLIENT_USER,
      inTurn: clusters.some(({ limits }) => limits.some((one) => one !== null && limitsSeveral(one))),
      detectionTimeoutSeconds: settings.detectionTimeoutSeconds,
    },
  };
}

const MESH_PORT = 4000;
/** Any user but Envoy's. */
const CLIENT_USER = 1000;

/** Does a limit let a client through, but maybe not all of an experiment at once? */
function limitsSeveral({ maxConnections, maxPendingRequests, maxRequests }: ClusterLimits): boolean {
  return [maxConnections, maxPendingRequests, maxRequests].some((limit) => limit !== undefined && limit > 0);
}

function probeOf(target: Target, line: string): Probe {
  if (target.scheme === 'tcp' && !target.throughProxy) {
    return { kind: 'tcp', host: target.dial.host, port: target.dial.port, silent: target.serverFirst };
  }
  const words = /^curl(\s|$)/.test(line.trim()) ? splitShellWords(line.trim()).slice(1) : [line.trim()];
  return { kind: 'curl', words };
}

/** What names resolve to for the clients, services of the cluster included. */
function clientZone(world: World, source: Source, targets: readonly Target[], resolve: Resolver): Zone {
  const names = createNames(world, source, resolve);
  const known = targets
    .flatMap(({ host, dial }) => [host, dial.host])
    .map((name) => name.toLowerCase().replace(/\.$/, ''));
  return Object.fromEntries(known.map((name) => [name, names.lookUp(name).addresses]));
}
