import type { Locate } from '../../resources/types.js';
import type { Palette } from '../../cli/color.js';
import type { PolicyReport } from '../../analysis/inspect/report.js';
import type { PolicyState } from '../../analysis/lint/rule.js';
import { formatTable } from '../table.js';
import { ageText } from './age.js';
import { concernedText } from '../../wording/findings.js';
import { distinct, placeText, portText, referenceText, sourceText } from '../../wording/policy.js';

export interface TableOptions {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** Policies of a cluster have an age. */
  readonly withAge: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Set when a person looks at it: long lists are shortened, and the table is fitted. */
  readonly terminal: { readonly width: number } | undefined;
  readonly palette: Palette;
  readonly locate: Locate;
}

/** Items of a list that are shown where lists are shortened. */
const SHOWN = 3;

/** Policies as a table, every line with a line feed: a line each in a pipe, fitted and coloured on a terminal. */
export async function policyTable(reports: readonly PolicyReport[], options: TableOptions): Promise<string> {
  const { wide, withNamespace, withAge, terminal } = options;
  const header = [
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...['NAME', 'SOURCES', 'HOSTS', 'PORTS'],
    ...(wide ? ['IP-RANGES', 'MATCHES'] : []),
    'STATE',
    ...(withAge ? ['AGE'] : []),
    ...(wide ? ['REASON'] : []),
  ];
  const rows = reports.map((report) => row(report, options));
  if (!terminal) return formatTable([header, ...rows]);
  const { terminalTable } = await import('../terminal-table.js');
  const state = header.indexOf('STATE');
  const cells = rows.map((texts, index) =>
    texts.map((text, column) => (column === state ? { text, color: STATE_COLORS[reports[index]!.state] } : { text })),
  );
  return terminalTable(header, cells, { width: terminal.width, color: options.palette.enabled });
}

const STATE_COLORS = {
  active: 'green',
  'active, wider than written': 'red',
  'lets nothing through': 'yellow',
  ignored: 'yellow',
  unknown: 'yellow',
  refused: 'red',
} as const;

function row(report: PolicyReport, options: TableOptions): string[] {
  const { policy, state } = report;
  const { metadata, spec } = policy;
  const { wide, withNamespace, withAge, now, terminal } = options;
  const list = (items: readonly string[]): string =>
    cell(items, terminal !== undefined && !wide, terminal ? ', ' : ',');
  return [
    ...(withNamespace ? [metadata.namespace ?? ''] : []),
    metadata.name,
    list(report.sources.map(sourceText)),
    list(spec.hosts ?? []),
    list(spec.ports.map(portText)),
    ...(wide ? [list(spec.ipAddresses ?? []), list((spec.matches ?? []).map(referenceText))] : []),
    state,
    ...(withAge ? [ageText((metadata as { creationTimestamp?: string }).creationTimestamp, now)] : []),
    ...(wide ? [reasonsCell(report, options.locate)] : []),
  ];
}

/** In a pipe columns are told apart by spaces, so a cell has none but the last; on a terminal a long list may wrap. */
function cell(items: readonly string[], short: boolean, separator: ',' | ', '): string {
  if (items.length === 0) return '-';
  const rest = short ? items.length - SHOWN : 0;
  const shown = rest > 0 ? [...items.slice(0, SHOWN), `+${rest}`] : items;
  return shown.map((item) => item.replace(/\s+/g, '\u00b7')).join(separator);
}

function reasonsCell({ reasons }: PolicyReport, locate: Locate): string {
  const texts = reasons.map((reason) => {
    const places = distinct(reason.at.map((ref) => placeText(ref, locate)));
    return `${concernedText(reason)}${places.length > 0 ? ` [${places.join(', ')}]` : ''}`;
  });
  return texts.length === 0 ? '-' : texts.join('; ').replace(/\s+/g, ' ');
}

export function paintState(state: PolicyState, text: string, palette: Palette): string {
  return palette[STATE_COLORS[state]](text);
}
