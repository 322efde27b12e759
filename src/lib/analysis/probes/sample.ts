import type { HTTPMatch } from '../../resources/types.js';
import { parseAddressLiteral, partitionAddresses } from '../../simulator/address.js';
import { formatIpv4, parseIpv4 } from '../../text/ip.js';
import { LOOPBACK } from '../../simulator/interception.js';
import type { Resolver } from '../../simulator/names.js';
import type { HttpRequest, Target } from '../../simulator/request/index.js';
import type { Source, World } from '../../simulator/world.js';
import { samplesOf } from './regex-samples.js';
import { httpTarget, tcpTarget, tlsTarget } from './targets.js';
import { vocabularyOf, type PortVocabulary } from './vocabulary.js';

export interface SampleOptions {
  /** Requests of interest: where there are many ports, theirs are sampled densely and the others only here and there. */
  readonly seeds?: readonly Target[];
  readonly resolve?: Resolver | undefined;
  /** Most requests that are wanted; default 1200. */
  readonly limit?: number;
}

const LIMITS = { ports: 24, densePorts: 8, hostsPerPort: 20, networksPerPort: 12, matchesPerHost: 6 };
/** A host that no policy names: the name is reserved for tests. */
const UNLISTED = 'unlisted.test';
const OTHER_METHODS = ['GET', 'POST', 'HEAD', 'DELETE'];

/**
 * A sample of the requests that a source could make, cut along everything that the policies tell apart: ports, hosts (exact,
 * instances of wildcards, unlisted ones), address ranges, server names, application protocols, methods, paths, headers, and
 * who speaks first. It is deterministic, and a sample only: it can show that something changed, not that nothing did.
 */
export function sampleRequests(world: World, source: Source, options: SampleOptions = {}): Target[] {
  const { seeds = [], resolve = () => undefined, limit = 1200 } = options;
  const sample = new Sample(limit, resolve);
  const ports = vocabularyOf(world, source, seeds, resolve, LIMITS);
  const everything = seeds.length === 0 || ports.length <= LIMITS.densePorts;
  const isDense = ({ seeds: own }: PortVocabulary) => everything || own.length > 0;
  // the ports of the seeds come first, so that the limit costs distant ones only
  for (const port of ports) if (isDense(port)) new PortSampler(sample, port).densely();
  for (const port of ports) if (!isDense(port)) new PortSampler(sample, port).sparsely();
  return sample.targets;
}

/** Equal for targets that look the same on the wire. */
export function requestKey({ scheme, dial, http, tls, serverFirst }: Target): string {
  return JSON.stringify([scheme, dial.host, dial.port, scheme === 'tcp' ? serverFirst : (tls ?? http)]);
}

class Sample {
  readonly targets: Target[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly limit: number,
    readonly resolve: Resolver,
  ) {}

  add(target: Target): void {
    if (this.targets.length >= this.limit) return;
    const key = requestKey(target);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.targets.push(target);
  }
}

/** A host as a client would write it. */
interface ClientHost {
  readonly name: string;
  /** What is dialled when the name by itself leads nowhere. */
  readonly address: string | undefined;
  readonly matches: readonly HTTPMatch[];
}

class PortSampler {
  private readonly port: number;
  private readonly hosts: readonly ClientHost[];
  /** One address of each part that the ranges cut the space into. */
  private readonly addresses: readonly string[];

  constructor(
    private readonly sample: Sample,
    private readonly vocabulary: PortVocabulary,
  ) {
    this.port = vocabulary.port;
    const cells = partitionAddresses(vocabulary.networks.values(), { networks: [LOOPBACK] });
    this.addresses = cells.map(({ witness }) => formatIpv4(witness));
    this.hosts = this.clientHosts();
  }

  densely(): void {
    const { sample, port, hosts, addresses } = this;
    for (const seed of this.vocabulary.seeds) {
      this.around(seed);
      this.rawAt(seed);
    }
    for (const { name, address, matches } of hosts) {
      sample.add(tlsTarget({ host: name, port, address }));
      sample.add(httpTarget({ host: name, port, address }));
      sample.add(httpTarget({ host: name, port, address, method: 'POST', path: '/unlisted' }));
      for (const match of matches) this.route({ name, address, matches }, match);
      for (const { http, tls } of this.vocabulary.seeds) {
        if (http && !tls) sample.add(httpTarget({ host: name, port, address, method: http.method, path: http.path }));
      }
    }
    for (const address of addresses) {
      sample.add(tcpTarget({ host: address, port }));
      sample.add(tcpTarget({ host: address, port, serverFirst: true }));
      sample.add(tlsTarget({ host: address, port, sni: null }));
      sample.add(tlsTarget({ host: address, port, sni: null, alpn: [] }));
      for (const name of [...hosts.slice(0, 6).map((host) => host.name), UNLISTED]) {
        sample.add(httpTarget({ host: name, port, address }));
        sample.add(tlsTarget({ host: name, port, address }));
      }
    }
  }

  sparsely(): void {
    const { sample, port, hosts, addresses } = this;
    for (const { name, address, matches } of hosts.slice(0, 6)) {
      sample.add(tlsTarget({ host: name, port, address }));
      sample.add(httpTarget({ host: name, port, address }));
      for (const match of matches.slice(0, 2)) this.route({ name, address, matches }, match);
    }
    for (const address of addresses.slice(0, 4)) {
      sample.add(tcpTarget({ host: address, port }));
      sample.add(tlsTarget({ host: address, port, sni: null }));
    }
  }

  /** The neighbours of a request: all but one thing the same. */
  private around(seed: Target): void {
    const { sample, port } = this;
    const { host, http, tls } = seed;
    const address = seed.dial.host === host ? undefined : seed.dial.host;
    if (tls) {
      for (const alpn of [[], ['http/1.1'], ['h2', 'http/1.1']])
        sample.add(tlsTarget({ host, port, address, sni: tls.sni, alpn }));
      if (tls.sni) {
        sample.add(tlsTarget({ host: `probe.${tls.sni}`, port, address: address ?? this.fallbackFor(host) }));
      }
      return;
    }
    if (!http) return;
    const same = {
      host,
      port,
      address,
      authority: http.authority ?? undefined,
      method: http.method,
      path: http.path,
      headers: http.headers.slice(2),
    };
    for (const method of OTHER_METHODS) sample.add(httpTarget({ ...same, method }));
    for (const path of neighbouringPaths(http.path)) sample.add(httpTarget({ ...same, path }));
    for (const version of ['1.0', '1.1', '2'] as const) sample.add(httpTarget({ ...same, version }));
    sample.add(httpTarget({ ...same, headers: [] }));
    sample.add(httpTarget({ ...same, method: 'POST', path: '/unlisted', headers: [] }));
  }

  private rawAt({ host, dial }: Target): void {
    const address = dial.host === host ? undefined : dial.host;
    this.sample.add(tcpTarget({ host, port: this.port, address }));
    this.sample.add(tcpTarget({ host, port: this.port, address, serverFirst: true }));
  }

  private route({ name, address }: ClientHost, match: HTTPMatch): void {
    const { sample, port } = this;
    const paths = match.pathRegex ? samplesOf(match.pathRegex).filter(isSendable) : ['/'];
    const declared = (match.methods ?? []).filter((method) => method !== '*').slice(0, 2);
    const methods = [...(declared.length > 0 ? declared : ['GET']), 'PUT'];
    const headers = headersFor(match);
    for (const path of paths) {
      for (const method of methods) sample.add(httpTarget({ host: name, port, address, path, method, headers }));
      if (headers.length > 0) sample.add(httpTarget({ host: name, port, address, path, method: methods[0] }));
      sample.add(httpTarget({ host: name, port, address, path: `${path}x`, method: methods[0], headers }));
    }
  }

  private clientHosts(): ClientHost[] {
    const hosts = new Map<string, ClientHost>();
    for (const written of [...this.vocabulary.hosts, UNLISTED]) {
      const matches = [...(this.vocabulary.routes.get(written.toLowerCase()) ?? [])];
      for (const name of namesFor(written)) {
        const key = name.toLowerCase();
        if (!hosts.has(key)) hosts.set(key, { name, address: this.fallbackFor(name), matches });
      }
    }
    return [...hosts.values()];
  }

  /** Where a name leads that nobody can resolve, or whose address would decide. */
  private fallbackFor(name: string): string | undefined {
    if (parseAddressLiteral(name)) return undefined;
    const known = this.sample.resolve(name.toLowerCase());
    if (known !== undefined && known !== 'not-found') return undefined;
    if (known === undefined && this.vocabulary.networks.size === 0) return undefined;
    return this.addresses[0];
  }
}

/** The names by which clients could meet a host of a policy. */
function namesFor(written: string): string[] {
  const host = written.replace(/:\d+$/, '');
  const bare = host.replace(/^\*\.?/, '').replace(/\.?\*$/, '');
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(bare)) return [];
  if (/^[\d.]+$/.test(bare) && parseIpv4(bare) === undefined) return [];
  if (host.startsWith('*')) return [`probe.${bare}`, bare];
  if (host.endsWith('*')) return [`${bare}.test`];
  return [host];
}

function neighbouringPaths(path: string): string[] {
  const plain = path.replace(/[?#].*$/s, '');
  const parent = plain.replace(/[^/]*\/?$/, '');
  return ['/', `${plain}x`, plain.endsWith('/') ? `${plain}x` : `${plain}/x`, `${plain}?x=1`, parent].filter(
    isSendable,
  );
}

function isSendable(path: string): boolean {
  return /^\/[!-~]*$/.test(path) && !path.includes('#');
}

function headersFor(match: HTTPMatch): HttpRequest['headers'] {
  const headers: [string, string][] = [];
  for (const single of match.headers ?? []) {
    for (const [name, regex] of Object.entries(single)) {
      const value = samplesOf(regex).find((sample) => /^[ -~]*$/.test(sample) && sample.trim() === sample);
      if (value && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && name.toLowerCase() !== 'host')
        headers.push([name, value]);
    }
  }
  return headers;
}
