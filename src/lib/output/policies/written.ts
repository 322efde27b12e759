import { writeDocument, writeOut } from '../../cli/streams.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import type { Written } from '../../egress/create/write.js';
import { dryRunMarks, type DryRun } from '../../changes/change.js';
import { withoutHistory } from '../../resources/server-fields.js';
import { visible } from '../../text/visible.js';
import { printDocument, toYaml } from '../document.js';

export const writtenFormats = ['yaml', 'json', 'name'] as const;
export type WrittenFormat = (typeof writtenFormats)[number];

/**
 * Prints what came of writing a policy: the object with `yaml` and `json`; else `egress.policy.openservicemesh.io/x created`.
 * A dry run of the client prints the object too, with that line as a comment, so that kubectl can read it as it is.
 */
export async function printWritten(
  { policy, change }: Written,
  options: { readonly format: WrittenFormat | undefined; readonly dryRun: DryRun },
): Promise<void> {
  const { format, dryRun } = options;
  const name = visible(qualifiedName(kinds.Egress, policy.metadata.name));
  if (format === 'name') return writeOut(`${name}\n`);
  if (format !== undefined) return printDocument(withoutHistory(policy), format);
  const line = `${name} ${change}${dryRunMarks[dryRun]}\n`;
  if (dryRun !== 'client') return writeOut(line);
  await writeOut(`# ${line}`);
  await writeDocument(await toYaml(withoutHistory(policy)));
}
