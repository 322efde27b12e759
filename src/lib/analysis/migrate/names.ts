/** Ends the hosts that no DNS knows, which stand for ports and ranges. */
export const INVENTED = '.osm-egress';

const LONGEST = 63;

/** `httpbin.org` → `httpbin-org`, `*.x.org` → `any-x-org`. */
export function nameOfHost(host: string): string {
  return host
    .replace(/^\*\.?/, 'any-')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** What a map has, in the order of its keys. */
export function inKeyOrder<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map.keys()].sort().map((key) => [key, map.get(key)!]);
}

/** Gives names that Kubernetes takes, each once; the same names in the same order. */
export function objectNames(): (kind: string, wanted: string) => string {
  const taken = new Set<string>();
  return (kind, wanted) => {
    const short = wanted.slice(0, LONGEST - 4).replace(/-+$/, '') || 'egress';
    let name = short;
    for (let number = 2; taken.has(`${kind} ${name}`); number++) name = `${short}-${number}`;
    taken.add(`${kind} ${name}`);
    return name;
  };
}
