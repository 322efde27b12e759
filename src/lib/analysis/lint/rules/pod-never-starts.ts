import { sourceRule } from '../rule.js';

/** A list of the pod or of the MeshConfig does not load into iptables, so that the pod does not come up. Egress semantics §2. */
export const podNeverStarts = sourceRule({
  name: 'pod-never-starts',
  code: 'OSM-E047',
  level: 'error',
  makes: null,
  find: ({ simulation: { clients } }) =>
    clients.flatMap(({ interceptor: { broken } }) => (broken ? [{ data: { broken }, at: [broken.at] }] : [])),
});
