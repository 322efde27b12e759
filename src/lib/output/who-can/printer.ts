import { writeOut } from '../../cli/streams.js';
import { summaryVerdict, type Sending, type WhoCanAnswer } from '../../egress/who-can.js';
import type { LineFault } from '../../input/targets.js';
import type { Locate } from '../../resources/types.js';
import { toCsv } from '../../text/csv.js';
import { markdownTable, markdownText } from '../../text/markdown.js';
import { endingsOf } from '../../simulator/verdict.js';
import { sourceText } from '../../wording/policy.js';
import { assumptionText, conditionText, destinationText, obstacleText, outcomeText } from '../../wording/verdict.js';
import { documentPrinter } from '../document.js';
import { askerDocument } from '../explain/asker.js';
import { firstOf, objectDocument } from '../explain/document.js';
import { summaryOf } from '../explain/summary.js';
import { LabelledLines, type LabelledLinesOptions } from '../labelled-lines.js';
import { objectPlace, objectsOf } from '../reach/table.js';
import { formatTable } from '../table.js';
import { faultDocument, tellFault } from '../target-fault.js';

export type WhoCanFormat = 'text' | 'wide' | 'json' | 'csv' | 'markdown';

export interface WhoCanPrinterOptions extends LabelledLinesOptions {
  readonly locate: Locate;
  /** Several targets: JSON takes a line each. */
  readonly several: boolean;
  /** Set when a person looks at it: the table is fitted. */
  readonly terminal: { readonly width: number } | undefined;
}

/** A function that prints one answer, or what is wrong with a line, at a time, written out before it resolves. */
export function whoCanPrinter(
  format: WhoCanFormat,
  options: WhoCanPrinterOptions,
): (answer: WhoCanAnswer | { readonly fault: LineFault }) => Promise<void> {
  const { locate, several } = options;
  if (format === 'json') {
    const print = documentPrinter('json', several);
    return (answer) => print('fault' in answer ? faultDocument(answer.fault) : whoCanDocument(answer, locate));
  }
  let first = true;
  return async (answer) => {
    if ('fault' in answer) return tellFault(answer.fault);
    const text = await (format === 'csv'
      ? toCsv([...(first ? [CSV_HEADER] : []), ...csvRows(answer, locate)])
      : format === 'markdown'
        ? markdown(answer, locate)
        : answerText(answer, format === 'wide', options));
    const separator = first || format === 'csv' ? '' : '\n';
    first = false;
    await writeOut(separator + text);
  };
}

/** `kind: EgressWhoCan`, described by schemas/egress-who-can.json. */
function whoCanDocument(answer: WhoCanAnswer, locate: Locate) {
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressWhoCan',
    target: { command: answer.target.command },
    answer: summaryVerdict(answer),
    sources: answer.sendings.map(({ asker, explanation }) => ({
      ...askerDocument(asker),
      verdict: explanation.verdict.verdict,
      reason: reasonOf({ asker, explanation }),
      decidedBy: firstOf(refsOf({ asker, explanation })).map((ref) => objectDocument(ref, locate)),
      assumptions: explanation.verdict.assumptions.map((assumption) => ({
        code: assumption.code,
        message: assumptionText(assumption),
      })),
    })),
  };
}

function refsOf({ explanation: { verdict } }: Sending) {
  return endingsOf(verdict).flatMap(({ decidedBy }) => decidedBy);
}

/** Where it ends up, or why it does not get there. */
function reasonOf({ asker, explanation }: Sending): string {
  const { target, verdict } = explanation;
  const ways = verdict.alternatives.map(({ outcome, destination, when }) => {
    const what = destination ? destinationText(destination) : outcomeText(target, outcome);
    return [when.map(conditionText).join(', '), what].filter((text) => text !== '').join(': ');
  });
  if (ways.length === 0) return summaryOf({ asker, explanation });
  return [...verdict.obstacles.map(obstacleText), ...new Set(ways)].join('; ');
}

function rowOf(sending: Sending, locate: Locate): string[] {
  const { asker, explanation } = sending;
  const places = objectsOf(refsOf(sending)).map((ref) => objectPlace(ref, locate));
  return [sourceText(asker.source), explanation.verdict.verdict, places.join(', ') || '-', reasonOf(sending)];
}

const HEADER = ['SOURCE', 'VERDICT', 'DECIDED-BY', 'REASON'];

const CSV_HEADER = ['target', 'source', 'verdict', 'decided_by', 'reason'];

function csvRows({ target, sendings }: WhoCanAnswer, locate: Locate): string[][] {
  return sendings.map((sending) => [target.command, ...rowOf(sending, locate)]);
}

/** Those of whom it is not sure that they cannot; with `all` everybody. */
function shown({ sendings }: WhoCanAnswer, all: boolean): Sending[] {
  return sendings.filter(({ explanation }) => all || explanation.verdict.verdict !== 'denied');
}

const COLORS = { allowed: 'green', denied: 'red', unpredictable: 'yellow', unknown: 'yellow' } as const;

async function answerText(answer: WhoCanAnswer, wide: boolean, options: WhoCanPrinterOptions): Promise<string> {
  const { locate, terminal, palette } = options;
  const who = shown(answer, wide);
  const rows = who.map((sending) => rowOf(sending, locate));
  const out = new LabelledLines(options);
  out.preface('target', answer.target.command);
  let table = '';
  if (rows.length > 0 && !terminal) table = `\n${formatTable([HEADER, ...rows])}`;
  else if (rows.length > 0) {
    const { terminalTable } = await import('../terminal-table.js');
    const cells = rows.map((texts, index) =>
      texts.map((text, column) =>
        column === 1 ? { text, color: COLORS[who[index]!.explanation.verdict.verdict] } : { text },
      ),
    );
    table = `\n${await terminalTable(HEADER, cells, { width: terminal!.width, color: palette.enabled })}`;
  }
  return `${out.toString()}\n${table}\n${restText(answer, wide)}\n`;
}

/** What is not in the table. */
function restText({ sendings }: WhoCanAnswer, all: boolean): string {
  if (sendings.length === 0) return 'no source is known: neither a policy nor an account nor a pod is in the input';
  const denied = sendings.filter(({ explanation }) => explanation.verdict.verdict === 'denied').length;
  const others = sendings.length - denied;
  if (denied === sendings.length) return `nobody can, of ${counted(denied)} that ${denied === 1 ? 'is' : 'are'} known`;
  return all || denied === 0
    ? `${counted(sendings.length)} known`
    : `${counted(others)} of ${sendings.length} known; -o wide tells why ${denied === 1 ? 'the other one' : `the other ${denied}`} cannot`;
}

const counted = (count: number): string => (count === 1 ? '1 source' : `${count} sources`);

function markdown(answer: WhoCanAnswer, locate: Locate): string {
  const rows = shown(answer, false).map((sending) => rowOf(sending, locate));
  const header = HEADER.map((title) => title.toLowerCase().replace('-', ' '));
  const table = rows.length > 0 ? `${markdownTable(header, rows)}\n` : '';
  return `### ${markdownText(answer.target.command)}\n\n${table}${markdownText(restText(answer, true))}\n`;
}
