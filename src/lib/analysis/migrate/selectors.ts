import { accountOf } from '../../resources/workloads.js';
import type { Pod } from '../../resources/types.js';
import type { Source } from '../../simulator/world.js';

import { inKeyOrder } from './names.js';

export type Labels = Readonly<Record<string, string>>;

/** Labels that come and go with a version of a workload, or with a sidecar. */
const FLEETING =
  /^(pod-template-hash|controller-revision-hash|pod-template-generation|osm-proxy-uuid|statefulset\.kubernetes\.io\/|apps\.kubernetes\.io\/|batch\.kubernetes\.io\/|controller-uid|job-name|version$)/;
const USUAL = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name'];

/**
 * Labels that all pods of a source have and no other pod of its namespace: one, or two together.
 * @returns undefined where no pod is known, or none of its labels tells it from others
 */
export function selectorFor(pods: readonly Pod[], { namespace, serviceAccount }: Source): Labels | undefined {
  const here = pods.filter(({ metadata }) => (metadata.namespace ?? 'default') === namespace);
  const own = here.filter((pod) => accountOf(pod) === serviceAccount);
  const others = here.filter((pod) => accountOf(pod) !== serviceAccount);
  const [first, ...more] = own;
  if (!first) return undefined;
  const shared = inKeyOrder(new Map(Object.entries(first.metadata.labels ?? {})))
    .filter(([key, value]) => !FLEETING.test(key) && more.every(({ metadata }) => metadata.labels?.[key] === value))
    .sort(([a], [b]) => rank(a) - rank(b));
  const tells = (labels: Labels) =>
    !others.some(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value));
  for (const [key, value] of shared) if (tells({ [key]: value })) return { [key]: value };
  for (const [key, value] of shared) {
    for (const [other, otherValue] of shared) {
      const both = { [key]: value, [other]: otherValue };
      if (tells(both)) return both;
    }
  }
  return undefined;
}

function rank(key: string): number {
  const index = USUAL.indexOf(key);
  return index < 0 ? USUAL.length : index;
}
