import { sidecarState } from '../../../simulator/interception.js';
import { sourceRule } from '../rule.js';

/** The client has no sidecar: nothing of it is intercepted. Egress semantics §2. */
export const sourceWithoutSidecar = sourceRule({
  name: 'source-without-sidecar',
  code: 'OSM-E008',
  level: 'warning',
  makes: 'ignored',
  find: ({ simulation: { world, source } }) => {
    const sidecar = sidecarState(world, source, undefined);
    return sidecar.injected ? [] : [{ data: {}, at: sidecar.at ? [sidecar.at] : [] }];
  },
});
