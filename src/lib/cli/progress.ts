import { textWidth } from './streams.js';

/** One line on a terminal that says what is being waited for; silent elsewhere, and for work that is quickly done. */
export interface Progress {
  update(text: string): void;
  /** Clears the line. */
  done(): void;
}

const PATIENCE_MILLISECONDS = 500;
const CLEAR_LINE = '\r\u001B[K';

/** @param stream where people look while they wait: standard error */
export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY || process.env['TERM'] === 'dumb') return { update: () => undefined, done: () => undefined };
  const begin = Date.now();
  let shown = false;
  return {
    update(text) {
      if (Date.now() - begin < PATIENCE_MILLISECONDS) return;
      shown = true;
      stream.write(CLEAR_LINE + text.slice(0, textWidth(stream) - 1));
    },
    done() {
      if (shown) stream.write(CLEAR_LINE);
      shown = false;
    },
  };
}
