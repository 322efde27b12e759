import { join } from 'node:path';

import { readManifest } from '../../scripts/build/manifest.js';
import { assertGolden } from '../support/golden.js';

describe('the public surface', () => {
  it('is what surface.json says: commands, arguments and flags change only on purpose', async () => {
    const { commands } = await readManifest();
    const surface = Object.entries(commands).map(([id, { aliases, args, flags, exitCodes }]) => ({
      command: id.replaceAll(':', ' '),
      aliases,
      exitCodes,
      arguments: Object.values(args).map(({ name, required, multiple, options }) => ({
        name,
        required,
        multiple,
        options,
      })),
      flags: Object.values(flags)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((flag) => [
          `--${flag.name}${flag.char ? ` -${flag.char}` : ''}`,
          flag.type === 'boolean' ? 'yes or no' : (flag.options?.join('|') ?? 'text'),
          ...(flag.type === 'option' && flag.multiple ? ['repeatable'] : []),
          ...(flag.required ? ['required'] : []),
          ...(flag.hidden ? ['hidden'] : []),
        ])
        .map((words) => words.join(', ')),
    }));
    assertGolden(join(import.meta.dirname, 'surface.json'), `${JSON.stringify(surface, null, 2)}\n`);
  });
});
