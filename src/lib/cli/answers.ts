import { createInterface, type Interface } from 'node:readline';

import { UsageError } from '../errors.js';

const TRIES = 3;
/** How long a pipe may take with an answer; a person may think. */
const PIPE_PATIENCE_MS = 60_000;

/**
 * Answers to several questions, typed or piped, read by one reader: what was piped for a later question is not lost. Other
 * than `prompt.ts`, for questions that scripts have always answered through standard input.
 */
export class Answers {
  #reader: Interface | undefined;
  #lines: AsyncIterator<string> | undefined;

  /**
   * @param write prints a question as it is, without a line feed
   * @param signal ends the reading
   */
  constructor(
    private readonly write: (text: string) => Promise<void>,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Asks for y or n, three times at most; an empty line asks again.
   * @param flag that answers beforehand
   * @throws UsageError when there is no answer
   */
  async confirm(question: string, flag: string): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      await this.write(`${question} [y/n]: `);
      const line = await this.#next();
      if (line === undefined) {
        await this.write('\n');
        if (this.signal.aborted) return false;
        throw new UsageError('there is no answer on standard input, and nothing has been done', `confirm with ${flag}`);
      }
      const word = line.trim().toLowerCase();
      if (word === 'y' || word === 'yes') return true;
      if (word === 'n' || word === 'no') return false;
      if (word !== '') await this.write('Invalid input.\n');
    }
    return false;
  }

  close(): void {
    this.#reader?.close();
  }

  async #next(): Promise<string | undefined> {
    this.#reader ??= createInterface({ input: process.stdin, terminal: false });
    this.#lines ??= this.#reader[Symbol.asyncIterator]();
    const end = new Promise<undefined>((resolve) => {
      const give = (): void => resolve(undefined);
      this.signal.addEventListener('abort', give);
      if (!process.stdin.isTTY) setTimeout(give, PIPE_PATIENCE_MS).unref();
    });
    const next = this.#lines.next().then(({ done, value }) => (done ? undefined : value));
    return this.signal.aborted ? undefined : Promise.race([next, end]);
  }
}
