import type { VirtualService } from '../../resources/istio-types.js';
import type { KubernetesObject } from '../../resources/types.js';

/** How Istio compares names of hosts: a name, or a `*` with what names end in. Istio egress §2. */

export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** Is every name that the first stands for one of the second? */
export function isWithin(host: string, pattern: string): boolean {
  return isWildcard(pattern) ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/** Is there a name that both stand for? */
export function meet(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

/** Of patterns that a host lies within the most specific one: itself, else the longest. */
export function mostSpecific<T>(host: string, candidates: readonly T[], hostOf: (one: T) => string): T | undefined {
  let best: T | undefined;
  for (const candidate of candidates) {
    const pattern = hostOf(candidate);
    if (pattern === host) return candidate;
    if (isWithin(host, pattern) && (!best || pattern.length > hostOf(best).length)) best = candidate;
  }
  return best;
}

/** The namespace of an object. */
export function homeOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? 'default';
}

/** The names of a VirtualService. */
export function hostsOf(virtualService: VirtualService): string[] {
  return (virtualService.spec.hosts ?? []).map((host) => qualified(host, homeOf(virtualService)));
}

/** A name without dots is one of the namespace. */
export function qualified(host: string, namespace: string): string {
  return host.includes('.') || isWildcard(host) ? host : `${host}.${namespace}.svc.cluster.local`;
}

/** Does a selector take an object with these labels? An empty one takes every object. */
export function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}

/** A regular expression for one text. */
export function quoteRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
