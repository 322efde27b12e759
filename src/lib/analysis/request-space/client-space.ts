/** What clients do with a connection that reaches the listener: TLS, HTTP, other bytes, or nothing. */
import type { RouteTable } from '../../simulator/route-table.js';
import { readRequest } from '../../simulator/envoy/http-codec.js';
import type { FilterChain, VirtualHost } from '../../simulator/envoy/types.js';
import type { HttpVersion } from '../../simulator/request/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { Alternative, Node } from './diagram.js';
import { Numbering } from './fingerprint.js';
import { HostParts, serverNameParts } from './names.js';
import { methodKindOf, methodKinds, type MethodKind } from './request-languages.js';
import { instantiate, type RouteMatch, type RoutesInput } from './routes.js';
import { REDIRECTED, type Building, type Place } from './building.js';
import type { Client, Part, Pick } from './types.js';
import { mergePicks, targetOf } from './witness.js';

/** One way in which one program may treat the connection. */
interface Lane {
  readonly program: Simulation;
  /** Absent where none is asked too: the connection is not sent to the listener, or there is none. */
  readonly chain?: FilterChain | undefined;
  /** Its routes, if it has any that Envoy accepts. */
  readonly table?: RouteTable | undefined;
}

/** Whether HTTP requests are read on this way. */
const speaksHttp = ({ chain }: Lane): boolean => chain?.target.filter === 'http_connection_manager';

const VERSIONS: readonly HttpVersion[] = ['1.0', '1.1', '2'];
const NO_PROTOCOL: Part = { name: 'other', rest: true };
const CURLS_ALPN = ['h2', 'http/1.1'];

export class ClientSpace {
  /** Leaves and spaces of Hosts by what leads there. */
  private readonly known = new Map<string, Node>();
  /** What the Hosts of a port are cut into, for the tables that are looked at together. */
  private readonly hostParts: {
    readonly port: number;
    readonly tables: readonly RouteTable[];
    readonly parts: HostParts;
  }[] = [];

  constructor(private readonly building: Building) {}

  clients(place: Place): Node {
    const alternatives = [
      this.alternative('tls', this.serverNames(place)),
      this.alternative('http', this.methodKinds(place)),
      this.alternative('bytes', this.connection(place, [{ client: 'bytes' }])),
      this.alternative('waits', this.connection(place, [{ client: 'waits' }])),
    ];
    return this.building.diagram.choice('client', alternatives, ({ target }) => {
      if (target.scheme === 'tcp') return target.serverFirst ? 'waits' : 'bytes';
      return target.tls ? 'tls' : 'http';
    });
  }

  private alternative(client: Client, child: Node): Alternative {
    return { part: { name: client }, pick: { client }, child };
  }

  private serverNames(place: Place): Node {
    const { parts, partOf } = serverNameParts(this.levels(place));
    const protocols = this.protocolsAt(place);
    const alternatives = parts.map(({ part, witness }): Alternative => {
      const pick = { serverName: witness };
      return { part, pick, child: this.protocols(place, pick, protocols) };
    });
    return this.building.diagram.choice('server-name', alternatives, ({ target }) => partOf(target.tls!.sni));
  }

  private levels({ port, address }: Place) {
    return this.building.programs.flatMap(({ dataPlane }) => dataPlane.levelsAt(port, address));
  }

  /** The application protocols that the sieve knows here. */
  private protocolsAt(place: Place): string[] {
    const protocols = new Set<string>();
    for (const level of this.levels(place)) {
      for (const entry of [level.any, ...level.exact.values(), ...level.wildcards.values()]) {
        for (const protocol of entry?.byProtocol.keys() ?? []) protocols.add(protocol);
      }
    }
    return [...protocols].sort();
  }

  /** Of what a client offers in ALPN, the first that the sieve knows counts. */
  private protocols(place: Place, name: Pick, protocols: readonly string[]): Node {
    const client = { client: 'tls' } as const;
    const alternatives = protocols.map((protocol): Alternative => {
      const pick = { alpn: protocol === 'http/1.1' && !protocols.includes('h2') ? CURLS_ALPN : [protocol] };
      return { part: { name: protocol }, pick, child: this.connection(place, [client, name, pick]) };
    });
    const none = { alpn: [] };
    alternatives.push({ part: NO_PROTOCOL, pick: none, child: this.connection(place, [client, name, none]) });
    return this.building.diagram.choice('alpn', alternatives, ({ target }) => {
      return target.tls!.alpn.find((protocol) => protocols.includes(protocol)) ?? NO_PROTOCOL.name;
    });
  }

  private lanes(place: Place, picks: readonly Pick[]): Lane[] {
    // the address does not matter to it
    const target = targetOf({ port: place.port, ...mergePicks(picks) });
    const byProgram = this.building.programs.map((program, index): Lane[] => {
      const { dataPlane } = program;
      if (!place.interceptions[index]!.includes(REDIRECTED)) return [{ program }];
      const lanes = dataPlane.chainsFor(target, place.address).map((chain): Lane => {
        const table =
          chain?.target.filter === 'http_connection_manager'
            ? dataPlane.routeTables.get(chain.target.routeConfigName)
            : undefined;
        return { program, chain, table: table?.state === 'refused' ? undefined : table };
      });
      return lanes.length > 0 ? lanes : [{ program }];
    });
    // programs are compared way by way
    const most = Math.max(...byProgram.map((lanes) => lanes.length));
    return byProgram.flatMap((lanes) => Array.from({ length: most }, (_, index) => lanes[index] ?? lanes[0]!));
  }

  private laneKey({ program, chain }: Lane): string {
    const table = chain?.target.filter === 'http_connection_manager' ? chain.target.routeConfigName : '';
    return `${this.building.keys.chain(program, chain)} ${table}`;
  }

  /**
   * What becomes of a connection of which nothing more matters. Chains that speak HTTP ask who the client is, and a cluster may look
   * up the server name.
   */
  private connection(place: Place, picks: readonly Pick[], lanes = this.lanes(place, picks)): Node {
    const { client, serverName, method, version } = mergePicks(picks);
    const speaker = [
      lanes.some(speaksHttp) && `${client} ${method} ${version}`,
      client === 'waits',
      serverName && 'a name',
    ].join();
    return this.remember(`${speaker} ${this.keyOf(place, lanes)}`, () =>
      this.building.leaf([...place.picks, ...picks]),
    );
  }

  private keyOf({ port, address, interceptions }: Place, lanes: readonly Lane[]): string {
    const { programs, keys } = this.building;
    const met = programs.map((program) => keys.met(program, port, address));
    return JSON.stringify([port, interceptions, met, lanes.map((lane) => this.laneKey(lane))]);
  }

  private remember(key: string, make: () => Node): Node {
    let node = this.known.get(key);
    if (!node) this.known.set(key, (node = make()));
    return node;
  }

  private methodKinds(place: Place): Node {
    if (this.protocolsAt(place).length === 0) {
      // nothing that detection finds out matters, and a client is one of HTTP where nothing else is said
      const lanes = this.lanes(place, []);
      if (!lanes.some(speaksHttp)) return this.connection(place, [], lanes);
    }
    const alternatives = methodKinds.map((kind): Alternative => {
      const pick = { method: kind.method };
      return {
        part: { name: kind.name, ...(kind.methods ? {} : { rest: true as const }) },
        pick,
        child: this.versions(place, kind, pick),
      };
    });
    return this.building.diagram.choice('method-kind', alternatives, ({ target }) => methodKindOf(target.http!.method));
  }

  private versions(place: Place, kind: MethodKind, picks: Pick): Node {
    const alternatives = VERSIONS.map((version): Alternative => {
      const pick = { version };
      return { part: { name: version }, pick, child: this.http(place, kind, [picks, pick]) };
    });
    return this.building.diagram.choice('version', alternatives, ({ target }) => target.http!.version);
  }

  private http(place: Place, kind: MethodKind, picks: readonly Pick[]): Node {
    const lanes = this.lanes(place, picks);
    const { http } = targetOf(mergePicks(picks));
    const isRouted = lanes.some(({ table }) => table) && readRequest(http!).result === 'request';
    if (!isRouted) return this.connection(place, picks, lanes);
    return this.remember(`routed ${kind.name} ${http!.version} ${this.keyOf(place, lanes)}`, () =>
      this.hosts(place, kind, picks, lanes),
    );
  }

  private hosts(place: Place, kind: MethodKind, picks: readonly Pick[], lanes: readonly Lane[]): Node {
    const hosts = this.hostPartsOf([...new Set(lanes.flatMap(({ table }) => table ?? []))], place.port);
    const children = new Map<string, Node>();
    const alternatives = hosts.parts.map(({ part, witness }): Alternative => {
      const pick = { authority: witness! };
      const matched = lanes.map(({ table }) => table?.virtualHost(witness!)?.virtualHost);
      const looksAtHost = matched.some((host) =>
        host?.routes.some(({ headers }) => headers.some(({ name }) => name === ':authority')),
      );
      const keys = matched.map((host, index) => {
        const { program, table } = lanes[index]!;
        return this.building.keys.virtualHost(program, table!, host);
      });
      const key = [...keys, looksAtHost && part.name].join();
      let child = children.get(key);
      if (!child) {
        const here = [...place.picks, ...picks, pick];
        children.set(key, (child = this.routes(place, kind, here, lanes, matched, () => hosts.languageOf(part.name))));
      }
      return { part, pick, child };
    });
    return this.building.diagram.choice('host', alternatives, ({ target }) => hosts.partOf(target.http!.authority));
  }

  private hostPartsOf(tables: readonly RouteTable[], port: number): HostParts {
    const isSame = (known: readonly RouteTable[]) =>
      known.length === tables.length && known.every((table, index) => table === tables[index]);
    const known = this.hostParts.find((one) => one.port === port && isSame(one.tables));
    if (known) return known.parts;
    const parts = new HostParts(tables, port);
    this.hostParts.push({ port, tables, parts });
    return parts;
  }

  private routes(
    place: Place,
    kind: MethodKind,
    picks: readonly Pick[],
    lanes: readonly Lane[],
    matched: readonly (VirtualHost | undefined)[],
    authority: RoutesInput['authority'],
  ): Node {
    const { diagram, keys, trees, same, programs } = this.building;
    // numbers of their own, so that hosts with like routes share a tree
    const actions = new Numbering();
    const lists = lanes.map((lane, index) => {
      const { program, table } = lane;
      if (!table) return [{ route: ANY_REQUEST, action: actions.of(this.laneKey(lane)) }];
      const host = matched[index];
      if (table.configuration.notUnderstood ?? host?.notUnderstood)
        return [{ route: ANY_REQUEST, action: actions.of('not understood') }];
      return (host?.routes ?? []).map((route) => ({
        route,
        action: actions.of(`route ${keys.route(program, table, route, host!)}`),
      }));
    });
    const tree = trees.of({
      lists,
      programs: programs.length,
      onlyDifferences: place.isAlike,
      authority,
      method: kind.language,
      normalizations: [
        ...new Set(lanes.flatMap(({ table }) => (table ? [table.configuration.pathNormalization] : []))),
      ],
    });
    return instantiate(
      tree,
      (end, chosen) => {
        if (end.kind === 'same') return same;
        if (end.kind === 'undecided') {
          const { dimension, bound, limit } = end;
          const domains = [...new Set(matched.flatMap((host) => host?.domains ?? []))].sort();
          const at = matched.flatMap((host) => host?.source ?? []);
          return diagram.leaf('', { dimension, bound, limit, port: place.port, domains, at });
        }
        return this.building.leaf([...picks, ...chosen]);
      },
      (choice, children) => {
        const alternatives = choice.branches.map(({ part, pick }, index) => ({ part, pick, child: children[index]! }));
        return diagram.choice(choice.dimension, alternatives, choice.partOf, choice.scope);
      },
    );
  }
}

const ANY_REQUEST: RouteMatch = { pathRegex: '.*', method: null, headers: [] };
