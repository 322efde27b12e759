import type { Egress } from '../../resources/types.js';
import { namespacedName, type Source } from '../../simulator/world.js';

/** The ServiceAccounts that policies name, each once, in order; at most `limit`. */
export function sourcesOf(policies: Iterable<Egress>, limit: number): Source[] {
  const sources = new Map<string, Source>();
  for (const { spec } of policies) {
    for (const { kind, namespace, name } of spec.sources) {
      if (kind !== 'ServiceAccount') continue;
      if (sources.size >= limit) return [...sources.values()];
      sources.set(namespacedName(namespace, name), { namespace, serviceAccount: name });
    }
  }
  return [...sources.values()];
}
