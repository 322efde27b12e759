import type { MeshConfig } from '../../resources/types.js';
import type { Assignment } from './assignments.js';

/** The settings that have commands of their own. */
export type Switch = 'egress-policy' | 'mesh-wide-egress' | 'permissive';

const paths: Readonly<Record<Switch, readonly string[]>> = {
  'egress-policy': ['featureFlags', 'enableEgressPolicy'],
  'mesh-wide-egress': ['traffic', 'enableEgress'],
  permissive: ['traffic', 'enablePermissiveTrafficPolicyMode'],
};

/** The assignment that turns a setting on or off. */
export function turn(which: Switch, on: boolean): Assignment {
  return { path: paths[which], value: on };
}

/** What the two egress settings amount to together, where that may surprise (egress-semantics §3). */
export function egressRemarks({ spec }: MeshConfig): string[] {
  const policy = spec?.featureFlags?.enableEgressPolicy === true;
  if (spec?.traffic?.enableEgress !== true) return [];
  return [
    'mesh-wide egress is on (spec.traffic.enableEgress): ' +
      (policy ? 'what no policy names leaves the mesh too' : 'everything may leave the mesh') +
      '; to turn it off: osm-ts meshconfig disable-egress --mesh-wide',
  ];
}
