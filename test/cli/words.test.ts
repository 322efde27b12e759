import assert from 'node:assert/strict';

import fc from 'fast-check';

import { completeDryRun, normalizeBooleans, splitAtDashes } from '../../src/lib/cli/arguments.js';
import { closest, editDistance } from '../../src/lib/text/closest.js';
import { prepareEnvironment } from '../../src/lib/cli/environment.js';
import { textWidth } from '../../src/lib/cli/streams.js';

describe('did you mean', () => {
  it('counts inserts, deletes, replacements and swaps', () => {
    const cases: [string, string, number][] = [
      ['', '', 0],
      ['explain', 'explain', 0],
      ['explian', 'explain', 1],
      ['expain', 'explain', 1],
      ['exxplain', 'explain', 1],
      ['kitten', 'sitting', 3],
    ];
    for (const [from, to, expected] of cases) assert.equal(editDistance(from, to, 9), expected, `${from} ${to}`);
    assert.equal(editDistance('kitten', 'sitting', 2), 3);
  });

  it('is symmetric and never larger than the longer word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b, 99);
        assert.equal(distance, editDistance(b, a, 99));
        assert.ok(distance <= Math.max(a.length, b.length));
        assert.equal(distance === 0, a === b);
      }),
    );
  });

  it('offers what is close or begun, and nothing else', () => {
    const words = ['explain', 'create', 'list', 'get', 'delete', 'allow'];
    assert.equal(closest('explian', words), 'explain');
    assert.equal(closest('exp', words), 'explain');
    assert.equal(closest('LIST', words), 'list');
    assert.equal(closest('remove', words), undefined);
    assert.equal(closest('x', words), undefined);
  });
});

describe('words of a command line', () => {
  it('are split at the first --', () => {
    assert.deepEqual(splitAtDashes(['a', '--', 'b', '--']), { before: ['a'], after: ['b', '--'] });
    assert.deepEqual(splitAtDashes(['a']), { before: ['a'], after: undefined });
  });

  it('keep everything but booleans with a value', () => {
    const flags = { yes: { type: 'boolean', char: 'y' }, name: { type: 'option', char: 'n' } };
    const words = ['--yes=true', '--yes', '--yes=1', '-y=T', '-y', '--name=true', '-n=1', '--other=true', 'x'];
    const expected = ['--yes', '--yes', '--yes', '--yes', '-y', ...words.slice(5), '--', '--yes=false'];
    assert.deepEqual(normalizeBooleans([...words, '--', '--yes=false'], flags), expected);
    assert.deepEqual(normalizeBooleans(['--yes=false', 'x', '-y=F'], flags), ['x']);
    for (const word of ['--yes=maybe', '--yes=', '-y=2']) {
      assert.throws(() => normalizeBooleans([word], flags), /--yes cannot be "/, word);
    }
    const both = { single: { type: 'boolean', allowNo: true } };
    assert.deepEqual(normalizeBooleans(['--single=false', '--other=true'], both), ['--no-single', '--other=true']);
  });

  it('give no boolean both ways', () => {
    const flags = { yes: { type: 'boolean', char: 'y' }, single: { type: 'boolean', allowNo: true } };
    for (const words of [
      ['--yes', '--yes=false'],
      ['-y=0', '-y'],
      ['--single=false', '--single=true'],
    ])
      assert.throws(() => normalizeBooleans(words, flags), /given as true and as false/, words.join(' '));
    assert.deepEqual(normalizeBooleans(['--yes', '--single=false'], flags), ['--yes', '--no-single']);
  });
});

describe('--dry-run', () => {
  const flags = { 'dry-run': { type: 'option', options: ['none', 'client', 'server'] } };
  const complete = (...words: string[]) => completeDryRun(words, flags);

  it('is of the client where no value follows', () => {
    assert.deepEqual(complete('--dry-run', '-f', 'server'), ['--dry-run=client', '-f', 'server']);
    assert.deepEqual(complete('--dry-run', '--', '--dry-run'), ['--dry-run=client', '--', '--dry-run']);
    assert.deepEqual(complete('x', '--dry-run'), ['x', '--dry-run=client']);
    for (const words of [['--dry-run', 'server'], ['--dry-run=none'], ['--name=x']]) {
      assert.deepEqual(complete(...words), words);
    }
    assert.deepEqual(completeDryRun(['--dry-run'], { 'dry-run': { type: 'boolean' } }), ['--dry-run']);
    assert.deepEqual(completeDryRun(['--dry-run'], {}), ['--dry-run']);
  });
});

describe('the environment', () => {
  const nobody = (): never => {
    throw new Error('no entry');
  };

  it('gets a home where the system knows none', () => {
    const env: Record<string, string | undefined> = {};
    prepareEnvironment([], env, nobody);
    assert.equal(env['HOME'], '/nonexistent');
  });

  it('is left alone otherwise', () => {
    const env: Record<string, string | undefined> = { HOME: '/h' };
    prepareEnvironment([], env, nobody);
    assert.equal(env['HOME'], '/h');
    const empty: Record<string, string | undefined> = {};
    prepareEnvironment([], empty, () => '/known');
    assert.equal(empty['HOME'], undefined);
  });

  it('says NO_COLOR for --no-color, unless it belongs to another program', () => {
    const env: Record<string, string | undefined> = {};
    prepareEnvironment(['pass', '--', 'x', '--no-color'], env, nobody);
    assert.equal(env['NO_COLOR'], undefined);
    prepareEnvironment(['pass', '--no-color', '--', 'x'], env, nobody);
    assert.equal(env['NO_COLOR'], '1');
  });
});

describe('the width of text', () => {
  it('is that of the terminal, between 60 and 120', () => {
    const before = process.env['COLUMNS'];
    try {
      delete process.env['COLUMNS'];
      const widths = [undefined, 0, 20, 60, 100, 500].map((columns) =>
        textWidth(columns === undefined ? {} : { columns }),
      );
      assert.deepEqual(widths, [80, 80, 60, 60, 100, 120]);
      process.env['COLUMNS'] = '72';
      assert.equal(textWidth({ columns: 100 }), 72);
      process.env['COLUMNS'] = 'wide';
      assert.equal(textWidth({ columns: 100 }), 100);
    } finally {
      if (before === undefined) delete process.env['COLUMNS'];
      else process.env['COLUMNS'] = before;
    }
  });
});
