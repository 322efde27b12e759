import { formatNetwork, networkContains, type Ipv4Network } from '../text/ip.js';
import { partitionAddresses, UNSPECIFIED, type AddressCell } from './address.js';
import type { FilterChain } from './envoy/types.js';
import type { ServerNameLevel } from './envoy/filter-chain-match.js';
import { LOOPBACK, type Interceptor } from './interception.js';
import type { Condition } from './verdict.js';

/**
 * Addresses that no name outside the cluster has: link-local ones, and those at which clouds serve metadata. Nothing but the
 * assumption that a name is elsewhere is made of them.
 */
const UNNAMED: readonly Ipv4Network[] = [
  { base: 0xa9fe0000, prefixLength: 16 },
  { base: 0xa83f8110, prefixLength: 32 },
  { base: 0x646464c8, prefixLength: 32 },
];

/** Parts of the address space in which a port's connections are treated alike, whatever the client sends. */
export interface AddressBranches {
  readonly branches: readonly AddressBranch[];
  /** Ranges that could make a difference, in which the name is assumed not to be. */
  readonly outside: readonly string[];
  /** The circumstance that the address is in one of some branches. */
  conditionOf(host: string, branches: ReadonlySet<AddressBranch>): Condition;
}

export interface AddressBranch {
  readonly cells: readonly AddressCell[];
  /** An address of it. */
  readonly witness: number;
}

/** How the sidecar of a client treats addresses on a port. */
export interface PortView {
  readonly port: number;
  readonly interceptor: Interceptor;
  readonly chains: readonly FilterChain[];
  readonly levelsAt: (address: number) => readonly ServerNameLevel[];
  readonly serviceAddresses: ReadonlySet<number>;
}

/** What may become of a connection to a name of which nobody told the address. */
export function addressBranches(view: PortView): AddressBranches {
  const { excludedRanges, includedRanges } = view.interceptor.rules;
  const excluded = excludedRanges.map(({ network }) => network);
  const cuts = [
    ...includedRanges.map(({ network }) => network),
    ...view.chains.flatMap((chain) => (chain.origin === 'mesh' ? [] : chain.match.networks)),
  ];
  const cut = (avoided: readonly Ipv4Network[]) =>
    partitionAddresses([...cuts, ...excluded], {
      networks: [LOOPBACK, UNSPECIFIED, ...avoided],
      addresses: view.serviceAddresses,
    });
  let cells = cut([...UNNAMED, ...excluded]);
  let outside = [...excluded, ...UNNAMED.filter((unnamed) => cuts.some((network) => liesIn(network, unnamed)))];
  // where everything is excluded, the name is too
  if (cells.length === 0) [cells, outside] = [cut([]), []];
  return {
    branches: alike(cells, view),
    outside: [...new Set(outside.map(formatNetwork))],
    conditionOf: (host, branches) => conditionOf(host, cells, new Set([...branches].flatMap((branch) => branch.cells))),
  };
}

function liesIn(inner: Ipv4Network, outer: Ipv4Network): boolean {
  return inner.prefixLength >= outer.prefixLength && networkContains(outer, inner.base);
}

/** Cells that interception treats alike and that meet the same filter chains are one. */
function alike(cells: readonly AddressCell[], { interceptor, port, levelsAt }: PortView): AddressBranch[] {
  const numbers = new Map<FilterChain, number>();
  const numberOf = (chain: FilterChain): number => {
    let number = numbers.get(chain);
    if (number === undefined) numbers.set(chain, (number = numbers.size));
    return number;
  };
  const byKey = new Map<string, AddressCell[]>();
  for (const cell of cells) {
    const { redirected, rule } = interceptor.intercept({ family: 4, value: cell.witness }, port);
    const levels = redirected ? levelsAt(cell.witness) : [];
    const key = JSON.stringify([redirected ? '' : rule, levels.map((level) => chainsOf(level).map(numberOf))]);
    const same = byKey.get(key);
    if (same) same.push(cell);
    else byKey.set(key, [cell]);
  }
  return [...byKey.values()].map((same) => ({ cells: same, witness: same[0]!.witness }));
}

function chainsOf({ exact, wildcards, any }: ServerNameLevel): FilterChain[] {
  const levels = [...exact.values(), ...wildcards.values(), ...(any ? [any] : [])];
  const chains = levels.flatMap(({ byProtocol, any: rest }) => [...byProtocol.values(), ...(rest ? [rest] : [])]);
  return [...new Set(chains)];
}

/**
 * Cells come with the outer networks before what they contain, and what a network contains right after it; the cell outside all
 * networks is the first, where it is there.
 */
function conditionOf(host: string, cells: readonly AddressCell[], chosen: ReadonlySet<AddressCell>): Condition {
  const elsewhere = cells[0]?.network === null && chosen.has(cells[0]);
  const networks: string[] = [];
  const except: string[] = [];
  /** The networks around a cell, and whether they are chosen; outside all of them it is as elsewhere. */
  const around: { readonly network: Ipv4Network; readonly chosen: boolean }[] = [];
  for (const cell of cells) {
    const { network } = cell;
    if (network === null) continue;
    while (around.length > 0 && !networkContains(around.at(-1)!.network, network.base)) around.pop();
    const isChosen = chosen.has(cell);
    const outer = around.at(-1)?.chosen ?? elsewhere;
    if (isChosen !== outer) (isChosen ? networks : except).push(formatNetwork(network));
    around.push({ network, chosen: isChosen });
  }
  return { kind: elsewhere ? 'address-elsewhere' : 'address-in', host, networks, except };
}
