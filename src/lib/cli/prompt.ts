import { UsageError } from '../errors.js';
import { visible } from '../text/visible.js';

/** What every question has. */
interface Question {
  /** The question, without `?` for a yes or no. */
  readonly message: string;
  /** The flag or argument that answers it beforehand: `--from`, `NAME`. */
  readonly flag: string;
}

export interface PromptOptions {
  /** Set by `--no-input`. */
  readonly noInput: boolean;
}

/** True when somebody is there to ask: standard input and error are terminals and `--no-input` is absent. */
export function canPrompt({ noInput }: PromptOptions): boolean {
  return !noInput && process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks for a line of text, on standard error.
 * @param question.validate true, or what is wrong with the answer
 * @throws UsageError naming the flag, when nobody can be asked
 */
export function askText(
  question: Question & { readonly default?: string; readonly validate?: (answer: string) => true | string },
  options: PromptOptions,
): Promise<string> {
  const { default: fallback, validate } = question;
  return ask(question, options, {
    type: 'input',
    ...(fallback !== undefined && { default: fallback }),
    ...(validate && { validate }),
  });
}

/** Asks to choose from a list. @throws UsageError naming the flag, when nobody can be asked */
export function askChoice<T>(
  question: Question & {
    readonly choices: readonly { readonly name: string; readonly value: T; readonly description?: string }[];
  },
  options: PromptOptions,
): Promise<T> {
  const choices = question.choices.map((choice) => ({
    ...choice,
    name: visible(choice.name),
    ...(choice.description !== undefined && { description: visible(choice.description) }),
  }));
  return ask(question, options, { type: 'select', choices });
}

/** Asks for yes or no; Enter means `default`, else no. @throws UsageError naming the flag, when nobody can be asked */
export function askConfirm(
  question: Question & { readonly default?: boolean },
  options: PromptOptions,
): Promise<boolean> {
  return ask(question, options, { type: 'confirm', default: question.default ?? false });
}

async function ask<T>(question: Question, options: PromptOptions, prompt: Record<string, unknown>): Promise<T> {
  if (!canPrompt(options)) {
    throw new UsageError(`${question.flag} is missing, and there is no terminal to ask on`, `give ${question.flag}`);
  }
  const { default: inquirer } = await import('inquirer');
  const run = inquirer.createPromptModule({ input: process.stdin, output: process.stderr });
  const release = guardTerminal();
  try {
    const answers = await run([{ ...prompt, name: 'answer', message: visible(question.message) }] as never);
    return (answers as { answer: T }).answer;
  } finally {
    release();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const SHOW_CURSOR = '\u001b[?25h';

/** A question takes the terminal's keys raw and may hide its cursor: a signal that ends the program gives both back first. */
function guardTerminal(): () => void {
  const release = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, giveBack);
  };
  const giveBack = (signal: NodeJS.Signals): void => {
    release();
    try {
      process.stdin.setRawMode(false);
      process.stderr.write(`${SHOW_CURSOR}\n`);
    } catch {
      // the terminal is gone, and with it what was to be given back
    }
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.prependListener(signal, giveBack);
  return release;
}
