import { noticeRule } from '../rule.js';

/** The policy is applied once for each time that it names the source. Egress semantics §3.2. */
export const sourceListedTwice = noticeRule(
  { name: 'source-listed-twice', code: 'OSM-E017', level: 'warning', makes: null },
  ({ notice: { at } }) => ({ fix: [{ op: 'remove', path: at.path }] }),
);
