import { CommandHelp as OclifCommandHelp, Help as OclifHelp } from '@oclif/core/help';
import type { Command, Interfaces } from '@oclif/core';

import { exitCodeMeanings } from '../errors.js';
import { colorEnabled } from './color.js';
import { twoColumns, wrapCommand } from './help-layout.js';
import { commandNamed } from './prepared-plugin.js';
import { wrapText } from '../text/wrap.js';
import { stdout, textWidth, writeOut } from './streams.js';
import { usageLine } from './usage.js';

class CommandHelp extends OclifCommandHelp {
  protected override usage(): string {
    return this.wrap(`$ ${usageLine(this.config.bin, this.command)}`);
  }

  protected override description(): string | undefined {
    const { description } = this.command;
    return description && wrapText(this.render(description), this.opts.maxWidth - this.indentSpacing).join('\n');
  }

  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    const width = this.opts.maxWidth - this.indentSpacing;
    const show = (line: string): string =>
      line.startsWith('#') ? wrapText(line, width).join('\n# ') : wrapCommand(`$ ${line}`, width, '    ');
    return [examples ?? []]
      .flat()
      .map((example) => (typeof example === 'string' ? example : `# ${example.description}\n${example.command}`))
      .map((example) => this.render(example).trim().split('\n').map(show).join('\n'))
      .join('\n\n');
  }

  /** No list is no default to speak of. */
  protected override flags(flags: Command.Flag.Any[]): ReturnType<OclifCommandHelp['flags']> {
    const isNone = (flag: Command.Flag.Any): boolean => Array.isArray(flag.default) && flag.default.length === 0;
    return super.flags(flags.map((flag) => (isNone(flag) ? { ...flag, default: undefined } : flag)));
  }

  /** The flags of every command come last. */
  protected override groupFlags(flags: Command.Flag.Any[]): ReturnType<OclifCommandHelp['groupFlags']> {
    const { mainFlags, flagGroups } = super.groupFlags(flags);
    const { global = [], ...others } = flagGroups;
    return { mainFlags, flagGroups: { ...others, global } };
  }

  override renderList(rows: (string | undefined)[][]): string {
    return renderRows(rows, this.opts.maxWidth);
  }

  protected override sections(): ReturnType<OclifCommandHelp['sections']> {
    const header = 'EXIT CODES';
    return [...super.sections(), { header, generate: () => [{ header, body: exitCodes(this.command['exitCodes']) }] }];
  }
}

function renderRows(rows: readonly (readonly (string | undefined)[])[], width: number): string {
  const named = rows.map(([name = '', description = '']) => [name, description] as const);
  return twoColumns(named, width - 2);
}

/** What is written to it stays in it. */
function overlaid(command: Command.Loadable): Command.Loadable {
  return Object.create(command) as Command.Loadable;
}

/** The codes that a command's help explains: those it names, else all. */
function exitCodes(named: unknown): [code: string, meaning: string][] {
  const wanted = Array.isArray(named) ? new Set(named.map(Number)) : undefined;
  return Object.entries(exitCodeMeanings).filter(([code]) => !wanted || wanted.has(Number(code)));
}

/** Help pages: oclif's, between 60 and 120 columns wide, with a usage line that fits one, and the exit codes. */
export default class Help extends OclifHelp {
  protected override CommandHelpClass = CommandHelp;
  private page = '';

  constructor(config: Interfaces.Config, options: Partial<Interfaces.HelpOptions> = {}) {
    super(config, {
      ...options,
      maxWidth: textWidth(),
      stripAnsi: !colorEnabled(stdout),
      flagSortOrder: 'none',
    });
  }

  override formatRoot(): string {
    const summary = this.wrap(String(this.config.pjson['description'] ?? ''), 0);
    const usage = this.section('USAGE', `$ ${this.config.bin} COMMAND [ARGUMENTS] [FLAGS]`);
    const more = this.section('MORE', `$ ${this.config.bin} COMMAND --help`);
    return `${summary}\n\n${usage}\n\n${more}`;
  }

  override renderList(rows: (string | undefined)[][]): string {
    return renderRows(rows, this.opts.maxWidth);
  }

  // oclif writes spaces for colons into what it is given, which is what commands are found by: it gets something to write on.
  protected override formatCommand(command: Command.Loadable): string {
    return super.formatCommand(overlaid(command));
  }

  protected override formatCommands(commands: Command.Loadable[]): string {
    // An alias is listed only where its command is not.
    const isAlias = ({ id, aliases }: Command.Loadable): boolean => aliases.includes(id);
    const listed = new Set(commands.filter((command) => !isAlias(command)).flatMap(({ aliases }) => aliases));
    return super.formatCommands(commands.filter(({ id }) => !listed.has(id)).map(overlaid));
  }

  protected override formatTopics(topics: Interfaces.Topic[]): string {
    return super.formatTopics(topics.map((topic) => ({ ...topic })));
  }

  protected override log(...lines: string[]): void {
    this.page += `${lines.join(' ')}\n`;
  }

  /** Prints the page for a command, a topic, or (empty id) the program. */
  async showSubject(id: string): Promise<void> {
    await writeOut(await this.pageOf(id));
  }

  /** The page for a command, a topic, or (empty id) the program. */
  async pageOf(id: string): Promise<string> {
    const command = id ? commandNamed(id, this.config) : undefined;
    const topic = id ? this.config.findTopic(id) : undefined;
    if (command) await this.showCommandHelp(command);
    else if (topic) await this.showTopicHelp(topic);
    else await this.showRootHelp();
    return this.takePage();
  }

  /** For programs that call oclif's own `run`. */
  override async showHelp(argv: string[]): Promise<void> {
    await super.showHelp(argv);
    await writeOut(this.takePage());
  }

  private takePage(): string {
    const [first = '', ...rest] = this.page.split('\n');
    this.page = '';
    const page = [...wrapText(first, this.opts.maxWidth), ...rest].join('\n');
    return `${page
      .replace(/[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`;
  }
}
