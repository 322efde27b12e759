import { sourceRule } from '../rule.js';

/** A policy whose UpstreamTrafficSetting is missing is dropped as a whole. Egress semantics §3.2. */
export const upstreamTrafficSettingMissing = sourceRule({
  name: 'upstream-traffic-setting-missing',
  code: 'OSM-E007',
  level: 'error',
  makes: 'ignored',
  find: ({ policy, simulation: { program } }) =>
    program.notices
      .filter((notice) => notice.policy === policy && notice.code === 'upstream-traffic-setting-missing')
      .map(({ at }) => ({ data: {}, at: [at] })),
});
