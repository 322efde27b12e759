import type { KubernetesObject } from '../../resources/types.js';

/** As much of `policy.openservicemesh.io/v1alpha1` IngressBackend as conflicts need. */
export interface IngressBackend extends KubernetesObject {
  readonly spec?: {
    readonly backends?: readonly { readonly name: string; readonly port?: { readonly number?: number } }[];
  };
}

/** Objects that spoil each other. */
export interface Conflict {
  /** `namespace/name` */
  readonly objects: readonly string[];
  readonly reasons: readonly string[];
}

/** Pairs of IngressBackends with a backend of the same name and port: the control plane takes one of them (osm-cli §9.1). */
export function conflictsAmong(all: readonly IngressBackend[], namespace: string): Conflict[] {
  return all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other): Conflict[] => {
      const [x, y] = [one.metadata.name, other.metadata.name];
      const taken = new Set(keysOf(other));
      const shared = [...new Set(keysOf(one))].filter((key) => taken.has(key));
      if (x === y || shared.length === 0) return [];
      // one line for each port that they share, without the port, as the mirrored program has it
      const names = shared.map((key) => key.split('|')[0] ?? '').sort();
      return [
        {
          objects: [`${namespace}/${x}`, `${namespace}/${y}`],
          reasons: names.map((name) => `Backend ${name} specified in ${x} and ${y} conflicts`),
        },
      ];
    }),
  );
}

function keysOf({ spec }: IngressBackend): string[] {
  return (spec?.backends ?? []).map(({ name, port }) => `${name}|${port?.number}`);
}
