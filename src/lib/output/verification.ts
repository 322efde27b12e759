import type { Palette } from '../cli/color.js';
import { writeOut } from '../cli/streams.js';
import { ExitCode } from '../errors.js';
import type { Status, Verification } from '../mesh/verify/result.js';
import { visible } from '../text/visible.js';
import { printDocument } from './document.js';

const RULE = '-'.repeat(45);

/**
 * Prints what a verification found: as text in the lines of osm-cli §13, else as a document of schemas/verification.json.
 * @returns the exit code that follows
 */
export async function printVerification(
  verification: Verification,
  format: 'text' | 'json' | 'yaml',
  palette: Palette,
): Promise<number> {
  if (format === 'text') await writeOut(`${RULE}\n${textOf(verification, 1, palette)}${RULE}\n`);
  else await printDocument({ apiVersion: 'osm-ts/v1', kind: 'Verification', ...documentOf(verification) }, format);
  return { Success: ExitCode.yes, Failure: ExitCode.no, Unknown: ExitCode.unknown }[verification.status];
}

/** A green run is one line: steps are told where something is not. */
function textOf({ context, status, reason, suggestion, steps }: Verification, depth: number, palette: Palette): string {
  const paint: Record<Status, (text: string) => string> = {
    Success: palette.green,
    Failure: palette.red,
    Unknown: palette.yellow,
  };
  const lines = [
    // lines that stand in are ours
    `[${'+'.repeat(depth)}] Context: ${context.split('\n\t').map(visible).join('\n\t')}`,
    `Status: ${paint[status](status)}`,
    ...(reason === undefined ? [] : [`Reason: ${visible(reason)}`]),
    ...(suggestion === undefined ? [] : [`Suggestion: ${visible(suggestion)}`]),
    '',
  ];
  const below = status === 'Success' ? [] : steps.map((step) => textOf(step, depth + 1, palette));
  return `${lines.join('\n')}\n${below.join('')}`;
}

interface StepDocument {
  readonly context: string;
  readonly status: Status;
  readonly reason: string | null;
  readonly suggestion: string | null;
  readonly steps: readonly StepDocument[];
}

function documentOf({ context, status, reason, suggestion, steps }: Verification): StepDocument {
  return { context, status, reason: reason ?? null, suggestion: suggestion ?? null, steps: steps.map(documentOf) };
}
