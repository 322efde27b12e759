import type { Egress } from '../../../resources/types.js';
import { ruleFor } from '../rule.js';

/** Whether the policy takes effect depends on what may not be read: told by whoever has compared the ways in which that may be. */
export const unread = ruleFor<{ readonly policy: Egress; readonly kinds: readonly string[] }>()({
  name: 'unread',
  code: 'OSM-E033',
  level: 'info',
  makes: 'unknown',
  find: ({ kinds }) => [{ data: { kinds }, at: [] }],
});
