import { Command, Config } from '@oclif/core';
import type { Interfaces } from '@oclif/core';

import { completeDryRun, normalizeBooleans, splitAtDashes } from '../cli/arguments.js';
import { paletteFor } from '../cli/color.js';
import type { Palette } from '../cli/color.js';
import { askConfirm, canPrompt } from '../cli/prompt.js';
import { stdout, textWidth, writeOut } from '../cli/streams.js';
import type { Reporter } from '../reporter.js';
import { globalFlags, type NamedFlags } from './flags.js';
import { WordError } from './reading.js';
import { standardErrorReporter } from './reporter.js';

/**
 * What every command has in common. A command parses its flags, which makes values of words, calls one function of `src/lib`
 * with them and `this.report`, prints what comes back, and says how it went with `this.exitWith(code)`. Errors are thrown; `main`
 * turns them into text and an exit code. docs/decisions/command-style.md says why.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags;

  /** The exit codes that this command's help explains; all of them when absent. */
  static exitCodes?: readonly number[];

  /** True for a command that takes another program's command line after `--`; it finds the words in `this.passedThrough`. */
  static passThrough = false;

  /** The words after `--`, untouched and in order; undefined when there is no `--`. Set by `parse`. */
  protected passedThrough: readonly string[] | undefined;

  /** Tells people, on standard error, what is not the answer. Services get it. */
  protected readonly report: Reporter = standardErrorReporter(() => this.#verbose);
  #verbose = false;
  #noInput = false;

  /** Colours for what is written to standard output. */
  protected get palette(): Palette {
    return paletteFor(stdout);
  }

  /** Set when people read the answer, not programs. Looks at nothing that is slow to load, unlike `process.stdout.isTTY`. */
  protected get terminal(): { readonly width: number } | undefined {
    return stdout.isTTY ? { width: textWidth() } : undefined;
  }

  /** As oclif's, but uses the configuration that it is given; oclif would load it a second time. */
  static override async run<T extends Command>(
    this: new (argv: string[], config: Config) => T,
    argv?: string[],
    options?: Interfaces.LoadOptions,
  ): Promise<ReturnType<T['run']>> {
    if (!argv || !(options instanceof Config))
      return Command.run.call(this, argv, options) as Promise<ReturnType<T['run']>>;
    const command: Command = new this(argv, options);
    return (command as BaseCommand)._run<ReturnType<T['run']>>();
  }

  /**
   * Parses the command line. Other than oclif's own, it never reads an argument from standard input (a loop around
   * osm-ts would lose its input to it), takes `--flag=false`, and leaves alone what stands behind `--`.
   */
  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv: string[] = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const given = options ?? (this.ctor as Interfaces.Input<F, B, A>);
    let words = argv;
    if ((this.ctor as typeof BaseCommand).passThrough) {
      const { before, after } = splitAtDashes(argv);
      words = before;
      this.passedThrough = after;
    }
    for (const arg of Object.values(given.args ?? {})) (arg as { ignoreStdin?: boolean }).ignoreStdin = true;
    const flags = { ...given.baseFlags, ...given.flags };
    words = completeDryRun(normalizeBooleans(words, flags), flags);
    try {
      const parsed = await super.parse(given, words);
      tellNamed(parsed);
      const { verbose, 'no-input': noInput } = parsed.flags as { verbose?: boolean; 'no-input'?: boolean };
      this.#verbose = verbose === true;
      this.#noInput = noInput === true;
      return parsed;
    } catch (error) {
      throw error instanceof WordError ? error.own : error;
    }
  }

  /** Prints a part of the answer, a line feed added. Waits for a slow reader. */
  protected print(line: string): Promise<void> {
    return writeOut(`${line}\n`);
  }

  /** What oclif warns of. */
  override warn(input: Error | string): Error | string {
    this.report.warn(typeof input === 'string' ? input : input.message);
    return input;
  }

  /** The code that the process ends with, once everything is printed. */
  protected exitWith(code: number): void {
    process.exitCode = code;
  }

  /** Is there somebody to ask? Known once the command line is parsed. */
  protected get canAsk(): boolean {
    return canPrompt({ noInput: this.#noInput });
  }

  /**
   * Asks for yes or no on the terminal.
   * @param flag that answers beforehand
   * @throws UsageError naming the flag, when there is nobody to ask
   */
  protected confirm(message: string, flag: string): Promise<boolean> {
    return askConfirm({ message, flag }, { noInput: this.#noInput });
  }

  /** None of our commands is, and oclif reads what help says of all of them to find out. */
  protected override warnIfCommandDeprecated(): void {}

  /** Errors are told once, by `main`. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}

/** A default that is named is more than a default. */
function tellNamed({ flags: given, metadata }: Interfaces.ParserOutput): void {
  const flags = given as object;
  const named = Object.keys(flags).filter((name) => metadata.flags[name]?.setFromDefault !== true);
  Object.assign(flags, { named: new Set(named) } satisfies NamedFlags);
}
