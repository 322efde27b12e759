import type { Command } from '@oclif/core';

type Described = Pick<Command.Cached, 'id' | 'args' | 'usage'> & { readonly passThrough?: unknown };

/** One line: the command, its arguments, and that flags may follow. */
export function usageLine(bin: string, command: Described): string {
  const words = command.id.replaceAll(':', ' ');
  const [custom] = [command.usage ?? []].flat();
  if (custom !== undefined) return `${bin} ${custom.replaceAll('<%= command.id %>', words)}`;
  const args = Object.values(command.args)
    .filter((arg) => arg.hidden !== true)
    .map((arg) => {
      const name = `${arg.name.toUpperCase()}${arg.multiple === true ? '...' : ''}`;
      return arg.required === true ? name : `[${name}]`;
    });
  const tail = command.passThrough === true ? ['[-- COMMAND...]'] : [];
  return [bin, words, ...args, '[FLAGS]', ...tail].join(' ');
}
