import type { FieldRef } from '../../../resources/types.js';
import { ruleFor } from '../rule.js';
import type { Suppression } from '../suppressions.js';

/** A request to ignore a finding that names no rule, or gives no reason: it is not followed. */
export const suppressionInvalid = ruleFor<{ readonly suppression: Suppression; readonly at: readonly FieldRef[] }>()({
  name: 'suppression-invalid',
  code: 'OSM-E051',
  level: 'warning',
  makes: null,
  find: ({ suppression, at }) => (suppression.fault ? [{ data: { suppression, fault: suppression.fault }, at }] : []),
});
