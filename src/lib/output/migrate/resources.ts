import type { MigrationAnswer } from '../../egress/migrate.js';
import { serialize } from '../../resources/index.js';
import { placeText } from '../../wording/policy.js';
import { visible } from '../../text/visible.js';

/** The emitted objects as YAML, in the order in which they are to be applied, each with where it comes from. */
export function resourcesAsYaml({ plan, input }: MigrationAnswer, kinds?: readonly string[]): string {
  return plan.emitted
    .filter(({ object }) => !kinds || kinds.includes(object.kind))
    .map(({ object, from }) => {
      const places = from.map((ref) => `# from ${visible(placeText(ref, input.locate))}\n`);
      return `---\n${[...new Set(places)].join('')}${serialize([object])}`;
    })
    .join('');
}

/** What istiod is to be told, as the `mesh` key of its ConfigMap has it. */
export function meshConfigAsYaml({ plan }: MigrationAnswer): string {
  return serialize([plan.meshConfig]);
}
