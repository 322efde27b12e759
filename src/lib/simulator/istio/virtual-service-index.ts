import type { VirtualService } from '../../resources/istio-types.js';
import { hostsOf, isWildcard, isWithin, meet } from './hosts.js';

/** Finds VirtualServices by host. */
export class VirtualServiceIndex {
  private readonly exact = new Map<string, VirtualService[]>();
  /** The longest first. */
  private readonly wildcards: { readonly pattern: string; readonly virtualService: VirtualService }[] = [];
  private readonly age: ReadonlyMap<VirtualService, number>;

  private constructor(private readonly all: readonly VirtualService[]) {
    this.age = new Map(all.map((one, index) => [one, index]));
    for (const virtualService of all) {
      for (const host of hostsOf(virtualService)) {
        if (isWildcard(host)) this.wildcards.push({ pattern: host, virtualService });
        const known = this.exact.get(host);
        if (known) known.push(virtualService);
        else this.exact.set(host, [virtualService]);
      }
    }
    this.wildcards.sort((one, other) => other.pattern.length - one.pattern.length);
  }

  static of(virtualServices: readonly VirtualService[]): VirtualServiceIndex {
    let index = known.get(virtualServices);
    if (!index) known.set(virtualServices, (index = new VirtualServiceIndex(virtualServices)));
    return index;
  }

  /** Those that name the host, else the one with the longest wildcard that it lies in. */
  chosenFor(host: string): readonly VirtualService[] {
    const named = this.exact.get(host);
    if (named) return named;
    const found = this.wildcards.find(({ pattern }) => isWithin(host, pattern));
    return found ? [found.virtualService] : [];
  }

  /** Those that have a host which may be one of the host's names, the oldest first. */
  meeting(host: string): readonly VirtualService[] {
    if (isWildcard(host)) return this.all.filter((one) => hostsOf(one).some((own) => meet(own, host)));
    const found = new Set(this.exact.get(host));
    for (const { pattern, virtualService } of this.wildcards) if (isWithin(host, pattern)) found.add(virtualService);
    return [...found].sort((one, other) => this.age.get(one)! - this.age.get(other)!);
  }
}

const known = new WeakMap<readonly VirtualService[], VirtualServiceIndex>();
