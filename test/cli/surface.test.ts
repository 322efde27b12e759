import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Command } from '@oclif/core';

import { readManifest } from '../../scripts/build/manifest.js';

const file = join(import.meta.dirname, 'surface.json');

/** Everything that scripts may rely on, a line each: commands with arguments and exit codes, aliases, flags. */
function linesOf({ id, aliases, args, flags, exitCodes }: Command.Cached): string[] {
  const command = id.replaceAll(':', ' ');
  const words = Object.values(args).map(({ name, required, multiple, options }) => {
    const word = `${options?.join('|') ?? name.toUpperCase()}${multiple ? '...' : ''}`;
    return required ? word : `[${word}]`;
  });
  return [
    [command, ...words, '→', ...((exitCodes as number[] | undefined) ?? ['any'])].join(' '),
    ...aliases.map((alias) => `${command} = ${alias.replaceAll(':', ' ')}`),
    ...Object.values(flags).map((flag) => {
      const value =
        flag.type === 'option' ? [flag.options?.join('|') ?? 'TEXT', flag.multiple ? 'repeatable' : ''] : [];
      const notes = [flag.char && `-${flag.char}`, ...value, flag.required && 'required', flag.hidden && 'hidden'];
      return [`${command} --${flag.name}`, ...notes].filter(Boolean).join(' ');
    }),
  ];
}

describe('the public surface', () => {
  it('is what surface.json says: commands, arguments and flags change only on purpose', async () => {
    const { commands } = await readManifest();
    const actual = Object.values(commands).flatMap(linesOf).sort();
    if (process.env['UPDATE_GOLDEN']) writeFileSync(file, `${JSON.stringify(actual, null, 2)}\n`);
    const expected = JSON.parse(readFileSync(file, 'utf8')) as string[];
    const added = actual.filter((line) => !expected.includes(line));
    const removed = expected.filter((line) => !actual.includes(line));
    const advice = 'if it is meant: UPDATE_GOLDEN=1 npm test, and a line in CHANGELOG.md';
    assert.deepEqual(
      { added, removed },
      { added: [], removed: [] },
      `${JSON.stringify({ added, removed }, null, 2)}\n${advice}`,
    );
  });
});
