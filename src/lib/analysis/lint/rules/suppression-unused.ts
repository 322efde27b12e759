import type { FieldRef } from '../../../resources/types.js';
import { ruleFor } from '../rule.js';
import type { Suppression } from '../suppressions.js';

/** A request to ignore a finding that is not there, any more or at all. */
export const suppressionUnused = ruleFor<{ readonly suppression: Suppression; readonly at: readonly FieldRef[] }>()({
  name: 'suppression-unused',
  code: 'OSM-E052',
  level: 'warning',
  makes: null,
  find: ({ suppression, at }) => [{ data: { suppression }, at }],
});
