import { formatIpv4, formatIpv6 } from '../../text/ip.js';
import {
  createFilterChainMatcher,
  type FilterChainMatcher,
  type ServerNameLevel,
  type SieveAddress,
} from './filter-chain-match.js';
import type { FilterChain, Listener, ProxyConfiguration } from './types.js';

/** A listener and its sieve. */
export interface Listening {
  readonly listener: Listener;
  readonly matcher: FilterChainMatcher;
}

/** The listeners of a proxy, of which each connection meets one: that of its address and port, that of its port, or the general one. */
export class ListenerTable {
  private readonly general: Listening;
  private readonly bound: ReadonlyMap<string, Listening>;
  private readonly byPort = new Map<number, Listening[]>();
  /** Every chain, the default ones left out. */
  readonly chains: readonly FilterChain[];

  constructor(general: Listener, bound: NonNullable<ProxyConfiguration['boundListeners']> = NOTHING_BOUND) {
    this.general = listening(general);
    this.bound = new Map([...bound].map(([name, listener]) => [name, listening(listener)]));
    for (const [name, one] of this.bound) {
      const port = Number(name.slice(name.lastIndexOf(':') + 1));
      const others = this.byPort.get(port);
      if (others) others.push(one);
      else this.byPort.set(port, [one]);
    }
    this.chains = [general, ...bound.values()].flatMap(({ filterChains }) => filterChains);
  }

  at(port: number, address: SieveAddress): Listening {
    if (this.bound.size === 0) return this.general;
    return this.bound.get(boundName(address, port)) ?? this.bound.get(String(port)) ?? this.general;
  }

  /** The listeners that connections to a port may meet. */
  onPort(port: number): readonly Listening[] {
    const own = this.byPort.get(port) ?? [];
    return this.bound.has(String(port)) ? own : [...own, this.general];
  }

  chainsOnPort(port: number): readonly FilterChain[] {
    const [first, ...others] = this.onPort(port);
    return others.length === 0
      ? first!.matcher.chainsOnPort(port)
      : this.onPort(port).flatMap(({ matcher }) => matcher.chainsOnPort(port));
  }

  levelsAt(port: number, address: SieveAddress): readonly ServerNameLevel[] {
    return this.at(port, address).matcher.levelsAt(port, address);
  }

  /** Ports that a listener is bound to. */
  get boundPorts(): Iterable<number> {
    return this.byPort.keys();
  }
}

const NOTHING_BOUND: ReadonlyMap<string, Listener> = new Map();

function listening(listener: Listener): Listening {
  return { listener, matcher: createFilterChainMatcher(listener) };
}

/** The name of the listener for an address and port: see `ProxyConfiguration.boundListeners`. */
function boundName(address: SieveAddress, port: number): string {
  return typeof address === 'number' ? `${formatIpv4(address)}:${port}` : `[${formatIpv6(address)}]:${port}`;
}
