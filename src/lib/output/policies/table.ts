import type { Palette } from '../../cli/color.js';
import type { PolicyReport, PolicyState } from '../../egress/policies/report.js';
import type { Locate } from '../explain/document.js';
import { formatTable } from '../table.js';
import { ageText } from './age.js';
import { concernedText, distinct, placeText, portText, referenceText, sourceText } from './wording.js';

export interface TableOptions {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** Policies of a cluster have an age. */
  readonly withAge: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Shorten long lists, for a terminal. */
  readonly short: boolean;
  readonly palette: Palette;
  readonly locate: Locate;
}

/** Items of a list that are shown where lists are shortened. */
const SHOWN = 3;

/** Policies as a table, a line each; every line ends with a line feed. */
export function policyTable(reports: readonly PolicyReport[], options: TableOptions): string {
  const { wide, withNamespace, withAge } = options;
  const header = [
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...['NAME', 'SOURCES', 'HOSTS', 'PORTS'],
    ...(wide ? ['IP-RANGES', 'MATCHES'] : []),
    'STATE',
    ...(withAge ? ['AGE'] : []),
    ...(wide ? ['REASON'] : []),
  ];
  const table = formatTable([header, ...reports.map((report) => row(report, options))]);
  return options.palette.enabled ? paintStates(table, reports, options.palette) : table;
}

function row(report: PolicyReport, options: TableOptions): string[] {
  const { policy, state } = report;
  const { metadata, spec } = policy;
  const { wide, withNamespace, withAge, now } = options;
  const list = (items: readonly string[]): string => cell(items, options.short && !wide);
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

/** Columns are told apart by blanks, so a cell has none but the last. */
function cell(items: readonly string[], short: boolean): string {
  if (items.length === 0) return '-';
  const rest = short ? items.length - SHOWN : 0;
  const shown = rest > 0 ? [...items.slice(0, SHOWN), `+${rest}`] : items;
  return shown.map((item) => item.replace(/\s+/g, '\u00b7')).join(',');
}

function reasonsCell({ policy, reasons }: PolicyReport, locate: Locate): string {
  const texts = reasons.map((reason) => {
    const places = distinct(reason.at.map((ref) => placeText(ref, locate)));
    return `${concernedText(reason, policy)}${places.length > 0 ? ` [${places.join(', ')}]` : ''}`;
  });
  return texts.length === 0 ? '-' : texts.join('; ').replace(/\s+/g, ' ');
}

export function paintState(state: PolicyState, text: string, palette: Palette): string {
  switch (state) {
    case 'active':
      return palette.green(text);
    case 'ignored':
    case 'unknown':
      return palette.yellow(text);
    case 'refused':
      return palette.red(text);
  }
}

/** Colours come last, because escape codes would count as letters in the layout. */
function paintStates(table: string, reports: readonly PolicyReport[], palette: Palette): string {
  const [header = '', ...lines] = table.split('\n');
  const at = header.indexOf('STATE');
  const painted = lines.map((line, index) => {
    const state = reports[index]?.state;
    if (state === undefined || !line.startsWith(state, at)) return line;
    return line.slice(0, at) + paintState(state, state, palette) + line.slice(at + state.length);
  });
  return [palette.bold(header), ...painted].join('\n');
}
