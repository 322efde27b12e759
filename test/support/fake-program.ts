import { readFileSync } from 'node:fs';

import { Args, Flags } from '@oclif/core';
import type { Command, Interfaces } from '@oclif/core';

import { packageRoot, readPackageJson } from '../../scripts/build/package.js';
import { BaseCommand } from '../../src/lib/command/base-command.js';
import { allNamespacesFlag, clusterFlags, dryRunFlag, filenameFlags, outputFlag } from '../../src/lib/command/flags.js';
import { usualNames } from '../../src/lib/input/mesh-names.js';
import { packCommands, preparedOptions } from '../../src/lib/cli/prepared-plugin.js';
import { askChoice, askConfirm, askText } from '../../src/lib/cli/prompt.js';
import { ClusterError, InputError, UnknownError, UsageError } from '../../src/lib/errors.js';

/** A small program on the real base, to test the base with. */

class Add extends BaseCommand {
  static override summary = 'Add a thing';
  static override args = {
    name: Args.string({ required: true, description: 'Name of the thing' }),
    other: Args.string({ description: 'Another name' }),
  };
  static override flags = {
    ...outputFlag(['text', 'json']),
    ...clusterFlags,
    ...filenameFlags,
    ...dryRunFlag,
    ...allNamespacesFlag,
    port: Flags.integer({ min: 1, max: 65_535, description: 'Port of the thing' }),
  };
  static override examples = ['<%= config.bin %> thing add x'];
  static override aliases = ['t:add'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Add);
    await this.print(JSON.stringify({ args, flags }));
  }
}

class Pass extends BaseCommand {
  static override passThrough = true;
  static override flags = { url: Flags.string() };

  async run(): Promise<void> {
    const { flags } = await this.parse(Pass);
    await this.print(JSON.stringify({ flags, after: this.passedThrough ?? null }));
  }
}

const failures: Record<string, () => unknown> = {
  usage: () => new UsageError('the usage is wrong', 'do it right'),
  input: () => new InputError('no such field', { file: 'egress/x.yaml', line: 12, column: 7 }, 'write spec.ports'),
  cluster: () => new ClusterError('refused', 'start it', undefined, { cause: new Error('connect') }),
  unknown: () => new UnknownError('the address is not known', 'give --resolve'),
  several: () => new AggregateError([failures['input']?.(), failures['unknown']?.()]),
  file: () => readFileSync('/does/not/exist'),
  bug: () => Reflect.get(undefined as unknown as object, 'x') as unknown,
  string: () => 'just a string',
};

class Fail extends BaseCommand {
  static override args = { how: Args.string({ required: true }) };
  static override exitCodes = [0, 1, 70];

  async run(): Promise<void> {
    const { args } = await this.parse(Fail);
    throw failures[args.how]?.();
  }
}

class Code extends BaseCommand {
  static override args = { code: Args.integer({ required: true }) };

  async run(): Promise<void> {
    const { args } = await this.parse(Code);
    await this.print('x'.repeat(200_000));
    this.exitWith(args.code);
  }
}

class Endless extends BaseCommand {
  async run(): Promise<void> {
    await this.parse(Endless);
    for (let line = 1; ; line++) await this.print(`line ${line}`);
  }
}

class Ask extends BaseCommand {
  static override args = { what: Args.string({ required: true, options: ['text', 'choice', 'confirm'] }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ask);
    const options = { noInput: flags['no-input'] };
    const choices = ['a', 'b'].map((name) => ({ name, value: name }));
    if (args.what === 'text') await this.print(await askText({ message: 'Name?', flag: 'NAME' }, options));
    else if (args.what === 'choice')
      await this.print(await askChoice({ message: 'Which?', flag: '--which', choices }, options));
    else await this.print(String(await askConfirm({ message: 'Sure?', flag: '--yes' }, options)));
  }
}

class Tell extends BaseCommand {
  async run(): Promise<void> {
    await this.parse(Tell);
    this.report.note('something');
    this.report.warn('careful');
    await this.print(this.palette.green('green'));
  }
}

const commands: Record<string, typeof BaseCommand> = {
  ask: Ask,
  code: Code,
  endless: Endless,
  fail: Fail,
  pass: Pass,
  tell: Tell,
  'thing:add': Add,
};

function cached(id: string, command: typeof BaseCommand): Command.Cached {
  const { aliases, args, summary, examples, exitCodes, passThrough } = command;
  const flags = { ...BaseCommand.baseFlags, ...command.flags } as Record<string, Command.Flag>;
  // As oclif's manifest has it: what a default is found by is not in it.
  const named = Object.entries(flags).map(([name, flag]) => {
    const shown = name === 'osm-namespace' ? { default: usualNames.osmNamespace } : {};
    return [name, { ...flag, ...shown, name }] as const;
  });
  return {
    id,
    aliases,
    args: Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, { ...arg, name }])),
    flags: Object.fromEntries(named),
    hidden: false,
    hiddenAliases: [],
    summary,
    examples,
    exitCodes,
    passThrough,
    pluginName: 'fake',
  };
}

/** For `main`. @param argv the words after the program's name */
export function fakeProgram(argv: readonly string[]): Interfaces.LoadOptions {
  const pjson = readPackageJson();
  const { heads, details } = packCommands(Object.entries(commands).map(([id, command]) => cached(id, command)));
  const topics = { thing: { description: 'Things' }, t: { description: 'Short for thing', hidden: true } };
  return preparedOptions(
    argv,
    packageRoot,
    { ...pjson, version: '1.2.3', oclif: { ...pjson.oclif, topics } },
    heads,
    () => details,
    Object.fromEntries(
      Object.entries(commands).map(([id, command]) => [id, () => Promise.resolve({ default: command })]),
    ),
  );
}
