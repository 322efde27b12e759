import type { ManifestWarning } from '../../../resources/index.js';
import { ruleFor } from '../rule.js';

/** What the reader of manifests accepts and warns of. Egress semantics §1. */
export const manifestOddity = ruleFor<{ readonly warning: ManifestWarning }>()({
  name: 'manifest-oddity',
  code: 'OSM-E050',
  level: 'warning',
  makes: null,
  find: ({ warning }) => [{ data: { warning }, at: [] }],
});
