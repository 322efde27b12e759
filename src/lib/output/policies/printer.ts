import { writeOut } from '../../cli/streams.js';
import type { Palette } from '../../cli/color.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import type { FoundPolicy } from '../../egress/get.js';
import type { PolicyListing } from '../../egress/list.js';
import type { Reporter } from '../../reporter.js';
import { printDocument } from '../document.js';
import { policyDescription } from './description.js';
import { listDocument } from './document.js';
import { policyTable, type TableOptions } from './table.js';
import { withoutHistory } from '../../resources/server-fields.js';

export const policyFormats = ['text', 'wide', 'json', 'yaml', 'name'] as const;
export type PolicyFormat = (typeof policyFormats)[number];

export interface PrintOptions {
  readonly palette: Palette;
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
  /** Set when standard output is a terminal: long lists are shortened in the table, which is fitted to the width. */
  readonly terminal: { readonly width: number } | undefined;
  readonly report: Reporter;
}

/** Prints policies with what becomes of them. Without any, only a note says so. */
export async function printPolicies(
  listing: PolicyListing,
  format: PolicyFormat,
  options: PrintOptions,
): Promise<void> {
  if (format === 'json' || format === 'yaml') return printDocument(listDocument(listing), format);
  const reports = [...listing.reports];
  const { namespace } = listing;
  if (reports.length === 0) {
    options.report.note(
      namespace === null ? 'there are no Egress policies' : `there are no Egress policies in namespace ${namespace}`,
    );
    return;
  }
  if (format === 'name')
    return writeOut(reports.map(({ policy }) => `${qualifiedName(kinds.Egress, policy.metadata.name)}\n`).join(''));
  await writeOut(
    await policyTable(reports, { ...tableOptions(listing.input, format, options), withNamespace: namespace === null }),
  );
  const flawed = reports.filter(({ state, reasons }) => state !== 'active' || reasons.length > 0).length;
  if (flawed > 0 && format === 'text') options.report.note(problems(flawed));
}

function problems(count: number): string {
  return `${count === 1 ? '1 policy does' : `${count} policies do`} not do all that ${count === 1 ? 'it says' : 'they say'}: -o wide, or osm-ts egress get NAME, tells why`;
}

/** Prints one policy: `json` and `yaml` the object itself, as kubectl does. */
export async function printPolicy(found: FoundPolicy, format: PolicyFormat, options: PrintOptions): Promise<void> {
  const { report, input } = found;
  switch (format) {
    case 'json':
    case 'yaml':
      return printDocument(withoutHistory(input.raw(report.policy)), format);
    case 'name':
      return writeOut(`${qualifiedName(kinds.Egress, report.policy.metadata.name)}\n`);
    case 'wide':
      return writeOut(await policyTable([report], { ...tableOptions(input, format, options), withNamespace: true }));
    case 'text':
      return writeOut(policyDescription(found, options));
  }
}

function tableOptions(
  { locate, cluster }: FoundPolicy['input'],
  format: PolicyFormat,
  { palette, now, terminal }: PrintOptions,
): Omit<TableOptions, 'withNamespace'> {
  return { wide: format === 'wide', withAge: cluster !== undefined, now, terminal, palette, locate };
}
