/** What of a program decides, as texts to compare. */
import type { RouteTable } from '../../simulator/route-table.js';
import type {
  ClusterChoices,
  FilterChain,
  Listener,
  NotUnderstood,
  Route,
  VirtualHost,
} from '../../simulator/envoy/types.js';
import type { ServerNameLevel } from '../../simulator/envoy/filter-chain-match.js';
import { soleAddressOf } from '../../simulator/clients.js';
import { listeningPorts } from '../../simulator/interception.js';
import { probePorts } from '../../simulator/pod-ports.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { FieldRef, Pod } from '../../resources/types.js';
import { fingerprint, Numbering } from './fingerprint.js';
import { ownerText, type Detail } from './outcome-key.js';
import type { Senders } from './senders.js';

/** Numbers for equal things of several programs. */
export class ProgramKeys {
  private readonly numbers = new Numbering();
  /** Programs may share parts that lead to clusters of their own. */
  private readonly known = new WeakMap<Simulation, WeakMap<object, number>>();
  private readonly ofListeners = new WeakMap<Simulation, string>();

  constructor(private readonly detail: Detail) {}

  private remembered(simulation: Simulation, thing: object, text: () => string): number {
    let known = this.known.get(simulation);
    if (!known) this.known.set(simulation, (known = new WeakMap()));
    let number = known.get(thing);
    if (number === undefined) known.set(thing, (number = this.numbers.of(text())));
    return number;
  }

  /** What decides whatever the request is. */
  general(simulation: Simulation, senders: Senders): string {
    const pods = simulation.clients.map((client) => {
      const { interceptor, senders: own } = client;
      const { broken, rules } = interceptor;
      const { excludedRanges, includedRanges, excludedPorts } = rules;
      // whether there is a sidecar, and as whom the client runs, shows in what becomes of its connections
      const { rule, at } = interceptor.intercept(NOBODYS, 1);
      const refs = [at, ...[...excludedRanges, ...includedRanges].map(({ at }) => at), ...excludedPorts.values()];
      return {
        from: senders.among([own]),
        broken,
        // of several, the requests to their own addresses are left out
        ownAddress: soleAddressOf(client),
        rules,
        rule,
        owners: refs.map((ref) => this.owners(ref ? [ref] : [])),
      };
    });
    return `${this.listener(simulation)} ${fingerprint(pods)}`;
  }

  /** What decides for every connection that is sent to a listener, besides which one it meets. */
  listener(simulation: Simulation): string {
    let key = this.ofListeners.get(simulation);
    if (key === undefined) {
      const { program, world, dataPlane, clients } = simulation;
      const { listener, notices } = program;
      const { listenerChances, upstream, onlyDeclaredPorts } = dataPlane;
      key = fingerprint({
        state: upstream.state,
        chance: listenerChances.length > 0 && this.owners(listenerChances.map(({ at }) => at)),
        settings: this.owners(upstream.refusals.map(({ at }) => at)),
        default: this.chain(simulation, listener?.defaultFilterChain),
        unreadable: [world.egressPolicyEnabled, world.unreadable],
        incomplete: notices.some(({ code }) => code === 'route-group-missing'),
        // a policy's host may be the pod itself
        listening: clients.map(({ pods }) => this.listening(pods)),
        onlyDeclaredPorts,
      });
      this.ofListeners.set(simulation, key);
    }
    return key;
  }

  /** The ports of pods; where they differ, of which pods. */
  private listening(pods: readonly Pod[]): unknown {
    const byPorts = new Map<string, string[]>();
    for (const pod of pods) {
      const ports = JSON.stringify([listeningPorts(pod), probePorts(pod)]);
      const alike = byPorts.get(ports);
      if (alike) alike.push(pod.metadata.name);
      else byPorts.set(ports, [pod.metadata.name]);
    }
    return byPorts.size < 2 ? [...byPorts.keys()] : byPorts;
  }

  /** Everything that decides on a port, besides what is general. */
  port(simulation: Simulation, port: number): string {
    const { boundListeners, istio } = simulation.program;
    const isHere = (place: string) => `:${place}`.endsWith(`:${port}`);
    const bound = [...(boundListeners?.keys() ?? [])].filter(isHere);
    const certified = [...(istio?.certified ?? [])].flatMap(([place, by]) =>
      isHere(place) ? [`${place} ${this.owners([by])}`] : [],
    );
    const listeners = (simulation.dataPlane.listeners?.onPort(port) ?? []).map(({ listener: own, matcher }) => {
      const chains = matcher.chainsOnPort(port).map((chain) => {
        const { target, match } = chain;
        const table =
          target.filter === 'http_connection_manager' ? this.tableOf(simulation, target.routeConfigName) : '';
        return `${this.chain(simulation, chain)} ${fingerprint(match)} ${table}`;
      });
      return [this.settings(simulation, own, port), ...chains.sort()];
    });
    return fingerprint([bound, certified, listeners]);
  }

  /** What decides of a connection to a place, besides what holds for the whole port. */
  place(simulation: Simulation, port: number, address: number): readonly unknown[] {
    const levels = simulation.dataPlane.levelsAt(port, address).map((level) => this.level(simulation, level));
    return [this.met(simulation, port, address), ...levels];
  }

  /** What the listener does that a connection to a place meets. */
  met(simulation: Simulation, port: number, address: number): string {
    const met = simulation.dataPlane.listeners?.at(port, address);
    return met ? this.settings(simulation, met.listener, port) : '';
  }

  /** What a listener does on a port besides choosing among its chains. */
  private settings(simulation: Simulation, listener: Listener, port: number): string {
    const ofAllPorts = this.remembered(simulation, listener, () => {
      const { detection, detectionTimeout, plaintextOnly, defaultFilterChain } = listener;
      const otherwise = this.chain(simulation, defaultFilterChain);
      return `listener ${oddIn(listener)} ${detection} ${detectionTimeout} ${plaintextOnly} ${otherwise}`;
    });
    return `${ofAllPorts} ${listener.detectionDisabledPorts.has(port)}`;
  }

  private tableOf(simulation: Simulation, name: string): number | undefined {
    const table = simulation.dataPlane.routeTables.get(name);
    if (!table) return undefined;
    return this.remembered(simulation, table, () => {
      const { virtualHosts, ignoresPort, pathNormalization } = table.configuration;
      const hosts = virtualHosts.map((host) => [host.domains, this.virtualHost(simulation, table, host)]);
      return fingerprint([this.stateOf(table), ignoresPort, pathNormalization, hosts.sort()]);
    });
  }

  /** Whether Envoy takes the routes, and what else may count instead. */
  private stateOf({ state, chance }: RouteTable): string {
    return `${state} ${chance ? `or not ${this.owners(chance.at)}` : ''}`;
  }

  /** What a chain does with a connection that it takes, besides its routes. */
  chain(simulation: Simulation, chain: FilterChain | undefined): number | undefined {
    if (!chain) return undefined;
    return this.remembered(simulation, chain, () => {
      const { target, origin } = chain;
      const odd = oddIn(chain);
      if (target.filter === 'tcp_proxy')
        return `chain ${odd} ${origin} ${this.clusters(simulation, target.clusters)} ${this.owners(chain.sources)}`;
      // all services of a mesh have one table for a port, and whose chain refuses a request is nobody's question (`ownersOf`)
      return `chain ${odd} ${origin} ${target.filter} ${this.owners(chain.sources.filter(({ object }) => object.kind !== 'Service'))}`;
    });
  }

  /** What the levels of the sieve lead to. */
  level(simulation: Simulation, level: ServerNameLevel): number {
    return this.remembered(simulation, level, () => {
      const protocols = (entry: ServerNameLevel['any']) =>
        entry && [
          [...entry.byProtocol].map(([name, chain]) => [name, this.withTable(simulation, chain)]).sort(),
          entry.any && this.withTable(simulation, entry.any),
        ];
      const named = (entries: ServerNameLevel['exact']) =>
        [...entries].map(([name, entry]) => [name, protocols(entry)]);
      return fingerprint([named(level.exact).sort(), named(level.wildcards).sort(), protocols(level.any)]);
    });
  }

  private withTable(simulation: Simulation, chain: FilterChain): string {
    const { target } = chain;
    return `${this.chain(simulation, chain)} ${target.filter === 'tcp_proxy' ? '' : target.routeConfigName}`;
  }

  virtualHost(simulation: Simulation, table: RouteTable, host: VirtualHost | undefined): number | undefined {
    if (!host) return undefined;
    return this.remembered(simulation, host, () => {
      const routes = host.routes.map((route) => {
        const asks = this.numbers.of(`asks ${route.method} ${route.pathRegex} ${JSON.stringify(route.headers)}`);
        return `${asks}>${this.route(simulation, table, route, host)}`;
      });
      return `virtual host ${oddIn(table.configuration)} ${oddIn(host)} ${routes.join()}`;
    });
  }

  /** What a route does with a request that it takes. */
  route(simulation: Simulation, table: RouteTable, route: Route, host: VirtualHost): number {
    return this.remembered(simulation, route, () => {
      const { clusters, source } = route;
      const others = Object.keys(route).some((field) => !ROUTE_FIELDS.includes(field))
        ? fingerprint(route, ROUTE_FIELDS)
        : '';
      return `route ${this.stateOf(table)} ${this.clusters(simulation, clusters)} ${this.owners([host.source, source])} ${others}`;
    });
  }

  private clusters(simulation: Simulation, choices: ClusterChoices): number {
    return this.remembered(simulation, choices, () => {
      const names = choices.flatMap(({ clusters }) => clusters.map(({ name }) => name));
      return `${this.withOwners(choices)} ${names.map((name) => this.cluster(simulation, name)).join()}`;
    });
  }

  private cluster(simulation: Simulation, name: string): string | number {
    const cluster = simulation.program.clusters.get(name);
    if (!cluster) return 'no cluster';
    return this.remembered(simulation, cluster, () => {
      const resolved = cluster.kind === 'dns' ? simulation.names.lookUpForEnvoy(cluster.host) : undefined;
      return `cluster ${this.withOwners(cluster)} ${fingerprint(resolved)}`;
    });
  }

  private withOwners(value: object): string {
    return this.detail === 'outcome' ? fingerprint(value) : fingerprint(value, [], ({ object }) => ownerText(object));
  }

  private owners(refs: readonly FieldRef[]): string {
    if (this.detail === 'outcome') return '';
    return [...new Set(refs.map(({ object }) => ownerText(object)))].sort().join();
  }
}

/** What is not understood, and may decide. */
function oddIn(thing: { readonly notUnderstood?: NotUnderstood | undefined } | undefined): string | undefined {
  return thing?.notUnderstood?.what;
}

/** No pod has it. */
const NOBODYS = { family: 4, value: 0 } as const;

/** Fields of a route that are compared by themselves. */
const ROUTE_FIELDS = ['method', 'pathRegex', 'headers', 'clusters', 'source'];
