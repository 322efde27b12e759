import type { FieldRef } from '../../resources/types.js';

/** Something the control plane does in silence that a person would want to know. */
export type NoticeCode =
  | 'policy-namespace-unmonitored'
  | 'upstream-traffic-setting-missing'
  | 'source-listed-twice'
  | 'protocol-not-lower-case'
  | 'protocol-unknown'
  | 'cidr-skipped'
  | 'cidr-fails-open'
  | 'route-group-missing'
  | 'host-without-routes';

export interface Notice {
  readonly code: NoticeCode;
  /** The field at fault. */
  readonly at: FieldRef;
  /** The policy that is affected. */
  readonly policy: FieldRef['object'];
}
