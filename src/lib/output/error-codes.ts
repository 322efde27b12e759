import { writeOut } from '../cli/streams.js';
import type { ErrorCode } from '../mesh/error-codes.js';
import { wrapText } from '../text/wrap.js';
import { printDocument, type DocumentFormat } from './document.js';

/** Prints error codes: without a format in the framed table of osm-cli §11.1, laid out alike for one and for all. */
export async function printErrorCodes(codes: readonly ErrorCode[], format: DocumentFormat | undefined): Promise<void> {
  if (format) return printDocument({ apiVersion: 'osm-ts/v1', kind: 'ErrorCodeList', items: codes }, format);
  return writeOut(framed(codes));
}

const TITLES = ['ERROR CODE', 'DESCRIPTION'] as const;
/** With the frame, a row takes 80 columns. */
const TEXT_WIDTH = 63;

function framed(codes: readonly ErrorCode[]): string {
  const widths = [TITLES[0].length, TEXT_WIDTH] as const;
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const row = (cells: readonly [string, string]): string =>
    `| ${cells[0].padEnd(widths[0])} | ${cells[1].padEnd(widths[1])} |`;
  const left = Math.floor((TEXT_WIDTH - TITLES[1].length) / 2);
  const head = row([TITLES[0], ' '.repeat(left) + TITLES[1]]);
  const rows = codes.map(({ code, description }) =>
    wrapText(description, TEXT_WIDTH)
      .map((line, index) => row([index === 0 ? code : '', line]))
      .join('\n'),
  );
  return `${[rule, head, rule, ...rows.flatMap((text) => [text, rule])].join('\n')}\n`;
}
