import { visible } from '../text/visible.js';
import { stderr, textWidth } from './streams.js';
import type { Output } from './streams.js';

/** One line on a terminal that says what is being waited for; silent elsewhere, and for work that is quickly done. */
export interface Progress {
  update(text: string): void;
  /** Clears the line. */
  done(): void;
}

const PATIENCE_MILLISECONDS = 500;
const CLEAR_LINE = '\r\u001B[K';

/** @param output where people look while they wait: standard error */
export function startProgress(output: Pick<Output, 'isTTY' | 'columns' | 'write'> = stderr): Progress {
  if (!output.isTTY || process.env['TERM'] === 'dumb') return { update: () => undefined, done: () => undefined };
  const begin = Date.now();
  let shown = false;
  const show = (text: string): void => {
    // Whoever closed the terminal is not told.
    output.write(text).catch(() => undefined);
  };
  return {
    update(text) {
      if (Date.now() - begin < PATIENCE_MILLISECONDS) return;
      shown = true;
      show(CLEAR_LINE + visible(text).slice(0, textWidth(output) - 1));
    },
    done() {
      if (shown) show(CLEAR_LINE);
      shown = false;
    },
  };
}
