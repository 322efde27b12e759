import { objectChanges, type ObjectChange, type Plan } from '../../analysis/allow/index.js';
import type { Resource } from '../../resources/types.js';

/** What all plans together make of one object: `before` is as it was read. */
export type TotalChange = ObjectChange;

/** The changes of plans that build on one another, as one change for each object. */
export function combine(plans: readonly Plan[]): TotalChange[] {
  const edited = new Map<Resource, Resource>();
  const created = new Set<Resource>();
  for (const plan of plans) {
    if (plan.result !== 'change') continue;
    for (const change of plan.changes) {
      if (change.kind === 'create') created.add(change.after);
      else if (created.delete(change.before)) created.add(change.after);
      else {
        const original = edited.get(change.before) ?? change.before;
        edited.delete(change.before);
        edited.set(change.after, original);
      }
    }
  }
  return objectChanges(edited, created);
}
