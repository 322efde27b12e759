/** What a source reaches, as the rows of a table. */
import type { ReachRow } from '../../analysis/reach/reach.js';
import type { ReachAnswer } from '../../egress/reach.js';
import type { FieldRef, Locate } from '../../resources/types.js';
import { sourceText } from '../../wording/policy.js';
import { ANY, destinationTexts, doubtText, reachCells, wayText, type ReachCells } from '../../wording/reach.js';
import { objectName } from '../../wording/verdict.js';

/** A row with its texts; lists are not joined yet. */
export interface Line {
  readonly cells: ReachCells;
  readonly row: ReachRow;
  readonly openedBy: readonly string[];
  readonly goesTo: readonly string[];
  /** A request of the row, as a command line. */
  readonly example: string;
}

export function linesOf({ rows }: ReachAnswer, locate: Locate): Line[] {
  return rows.map((row) => ({
    row,
    cells: reachCells(row),
    openedBy: openedBy(row, locate),
    goesTo: destinationTexts(row),
    example: row.classes[0]!.witness.command,
  }));
}

/** What opens the way, with the places of the objects; what makes it uncertain comes first. */
function openedBy(row: ReachRow, locate: Locate): string[] {
  const [doubt, way] = [doubtText(row), wayText(row)];
  const places = objectsOf(row.decidedBy).map((ref) => objectPlace(ref, locate));
  const said = way === undefined ? places : [places.length > 0 ? `${way} [${places.join(', ')}]` : way];
  return doubt === undefined ? said : [doubt, ...said];
}

/** `Egress apps/web (web.yaml:7)`: the object, and the line of the field. */
export function objectPlace(ref: FieldRef, locate: Locate): string {
  const location = locate(ref.object, ref.path);
  return location ? `${objectName(ref)} (${location.file}:${location.line})` : objectName(ref);
}

/** Each object once, the policies before what they refer to. */
export function objectsOf(refs: readonly FieldRef[]): FieldRef[] {
  const byObject = new Map<FieldRef['object'], FieldRef>();
  for (const ref of refs) if (!byObject.has(ref.object)) byObject.set(ref.object, ref);
  return [...byObject.values()].sort((a, b) => Number(b.object.kind === 'Egress') - Number(a.object.kind === 'Egress'));
}

export interface Column {
  readonly title: string;
  readonly of: (line: Line) => readonly string[];
}

const verdict: Column = { title: 'VERDICT', of: ({ row }) => [row.verdict] };
const host: Column = { title: 'HOST', of: ({ cells }) => cells.hosts };
const methods: Column = { title: 'METHODS', of: ({ cells }) => cells.methods };
const paths: Column = { title: 'PATHS', of: ({ cells }) => cells.paths };
const addresses: Column = { title: 'ADDRESSES', of: ({ cells }) => cells.addresses };
const needs: Column = { title: 'NEEDS', of: ({ cells }) => cells.needs };
const opened: Column = { title: 'OPENED-BY', of: ({ openedBy: by }) => by };
const goesTo: Column = { title: 'GOES-TO', of: ({ goesTo: places }) => places };
const example: Column = { title: 'EXAMPLE', of: ({ example: command }) => [command] };
/** `80/http` */
const port: Column = {
  title: 'PORT',
  of: ({ cells: { ports, protocol } }) => ports.map((name) => `${name}/${protocol}`),
};

/** For a person: a column that no row binds is left out. */
export function textColumns(lines: readonly Line[]): Column[] {
  const binds = ({ of }: Column) => lines.some((line) => of(line).some((text) => text !== ANY));
  const certain = lines.every(({ row }) => row.verdict === 'allowed');
  return [...(certain ? [] : [verdict]), host, port, ...[methods, paths, addresses, needs].filter(binds), opened];
}

export const wideColumns: readonly Column[] = [
  verdict,
  host,
  port,
  methods,
  paths,
  addresses,
  needs,
  opened,
  goesTo,
  example,
];

/** One row a line, with who sends it, for programs that read tables. */
export function csvRows(answer: ReachAnswer, locate: Locate): string[][] {
  return linesOf(answer, locate).map((line) => [
    sourceText(answer.asker.source),
    line.row.verdict,
    line.row.way ?? '',
    line.cells.hosts.join(' '),
    line.cells.ports.join(' '),
    line.cells.protocol,
    line.cells.methods.join(' '),
    ...[line.cells.paths, line.cells.addresses, line.cells.needs, line.openedBy, line.goesTo].map((texts) =>
      texts.join('; '),
    ),
    line.example,
  ]);
}

export const csvHeader: readonly string[] = [
  ...['source', 'verdict', 'way', 'hosts', 'ports', 'protocol', 'methods', 'paths', 'addresses', 'needs'],
  ...['opened_by', 'goes_to', 'example'],
];
