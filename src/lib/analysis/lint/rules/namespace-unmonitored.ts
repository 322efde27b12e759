import { fieldRef } from '../../../simulator/world.js';
import { sourceRule } from '../rule.js';

/** The policy's namespace is not in the mesh. Egress semantics §3.2. */
export const namespaceUnmonitored = sourceRule({
  name: 'namespace-unmonitored',
  code: 'OSM-E006',
  level: 'error',
  makes: 'ignored',
  find: ({ policy, simulation: { world } }) => {
    const { namespace = 'default' } = policy.metadata;
    if (world.isMonitored(namespace)) return [];
    return [{ data: {}, at: [fieldRef(world.namespaces.get(namespace)!, 'metadata', 'labels')] }];
  },
});
