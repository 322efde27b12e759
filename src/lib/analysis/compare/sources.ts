import type { Egress } from '../../resources/types.js';
import { namespacedName, type Source } from '../../simulator/world.js';

/** The ServiceAccounts that policies name, each once, in order. */
export function sourcesOf(policies: Iterable<Egress>): Source[] {
  const sources = new Map<string, Source>();
  for (const { spec } of policies) {
    for (const { kind, namespace, name } of spec.sources) {
      if (kind === 'ServiceAccount') sources.set(namespacedName(namespace, name), { namespace, serviceAccount: name });
    }
  }
  return [...sources.values()];
}

/** Stands for every ServiceAccount of a namespace that nothing names; no ServiceAccount is called so. */
export const ANY_OTHER = '*';
