import { paletteFor } from '../cli/color.js';
import { renderReport } from '../cli/error-report.js';
import { stderr, writeErr } from '../cli/streams.js';
import { ExitCode } from '../errors.js';
import type { LineFault } from '../input/targets.js';

/** Tells on standard error what is wrong with a line of a file of targets. */
export function tellFault({ error }: LineFault): void {
  const report = { exitCode: ExitCode.usage, message: error.describe(), hint: error.hint };
  writeErr(renderReport(report, paletteFor(stderr), false));
}

/** `kind: TargetError`, described by schemas/target-error.json. */
export function faultDocument({ error, text }: LineFault) {
  const { file, line, column } = error.location;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'TargetError',
    file,
    line,
    column,
    text,
    message: error.message,
    hint: error.hint ?? null,
  };
}
