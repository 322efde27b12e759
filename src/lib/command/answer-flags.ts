import { Flags } from '@oclif/core';
import type { PrinterOptions } from '../output/explain/printer.js';

/** What is to be answered about requests, and which of the answers are printed. */
export const answerFlags = {
  'require-mesh': Flags.boolean({ description: 'A source without sidecar is a no: exit with 1' }),
  trace: Flags.boolean({ description: 'Show every candidate at every level, not only what decided' }),
  strict: Flags.boolean({ description: 'Fail instead of assuming what the input does not tell' }),
  only: Flags.option({
    options: ['allowed', 'denied', 'unpredictable', 'unknown'] as const,
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    default: [],
    helpValue: 'VERDICT',
    description: 'Print only answers with this verdict; repeatable, or several with commas',
  })(),
  quiet: Flags.boolean({ char: 'q', description: 'Print no answer; the exit code tells' }),
};

interface AnswerValues extends Pick<PrinterOptions, 'only' | 'quiet' | 'since'> {
  readonly trace: boolean;
  readonly 'config-dump'?: string | undefined;
}

/** What the printer gets from `answerFlags`, and from the flags that say what a proxy holds. */
export function answersAs({ trace, only, quiet, since, 'config-dump': configDump }: AnswerValues) {
  return { full: trace, only, quiet, since, configDump };
}
