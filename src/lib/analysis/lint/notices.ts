import type { Egress } from '../../resources/types.js';
import type { Notice } from '../../simulator/control-plane/notices.js';
import type { World } from '../../simulator/world.js';
import { findingsBy, type FindingBy } from './rule.js';
import { cidrFailsOpen } from './rules/cidr-fails-open.js';
import { cidrSkipped } from './rules/cidr-skipped.js';
import { hostWithoutRoutes } from './rules/host-without-routes.js';
import { protocolNotLowerCase } from './rules/protocol-not-lower-case.js';
import { protocolUnknown } from './rules/protocol-unknown.js';
import { routeGroupMissing } from './rules/route-group-missing.js';
import { sourceListedTwice } from './rules/source-listed-twice.js';

/** What the control plane does in silence. Apart from the other rules, because explanations need these and no more. */
export const noticeRules = [
  protocolNotLowerCase,
  protocolUnknown,
  sourceListedTwice,
  routeGroupMissing,
  hostWithoutRoutes,
  cidrSkipped,
  cidrFailsOpen,
] as const;

export type NoticeFinding = FindingBy<(typeof noticeRules)[number]>;

/** What a notice of the control plane tells of its policy; nothing where no rule is about it. */
export function findingsOfNotice(notice: Notice, world: World): NoticeFinding[] {
  const rule = noticeRules.find(({ name }) => name === notice.code);
  const subject = { policy: notice.policy as Egress, world, notice };
  return rule ? (findingsBy(rule, subject) as NoticeFinding[]) : [];
}
