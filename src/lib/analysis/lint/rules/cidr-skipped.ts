import { noticeRule } from '../rule.js';

/** A range that does not parse is left out. Egress semantics §3.2. */
export const cidrSkipped = noticeRule(
  { name: 'cidr-skipped', code: 'OSM-E012', level: 'warning', makes: null },
  // without it the others count, as they do now
  ({ notice: { at } }) => ({ fix: [{ op: 'remove', path: at.path }] }),
);
