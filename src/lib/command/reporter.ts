import { paletteFor } from '../cli/color.js';
import { startProgress } from '../cli/progress.js';
import { stderr, writeErr } from '../cli/streams.js';
import { visible } from '../text/visible.js';
import type { Reporter } from '../reporter.js';

/** A reporter that writes to standard error, in the order of what it is told. @param isVerbose asked for each detail */
export function standardErrorReporter(isVerbose: () => boolean): Reporter {
  const progress = startProgress();
  const line = (start: string, text: string): void => {
    progress.done();
    // what continues a line is indented; a line break that came with somebody's text does not begin a line of its own
    writeErr(
      `${start}${text
        .replaceAll(/\n(?! {2})/g, '\\n')
        .split('\n')
        .map(visible)
        .join('\n')}\n`,
    );
  };
  return {
    note: (text) => line('note: ', text),
    warn: (text) => line(`${paletteFor(stderr).yellow('warning:')} `, text),
    verbose: (text) => {
      if (isVerbose()) line('', text);
    },
    progress: (text) => {
      if (text === null) progress.done();
      else progress.update(text);
    },
  };
}
