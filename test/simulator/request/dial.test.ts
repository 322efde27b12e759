import assert from 'node:assert/strict';
import { dialOf, nameDialled, usualDial, type DialInput } from '../../../src/lib/simulator/request/dial.js';
import { TargetError } from '../../../src/lib/simulator/request/index.js';

/** Rules that the recordings of curl (`golden.test.ts`) do not come to, at the edges of its options. */

const dial = (input: Partial<DialInput>) => {
  const { host, port, fallbacks } = dialOf({
    host: 'h',
    port: 80,
    resolve: [],
    connectTo: [],
    family: null,
    ...input,
  });
  return [`${host}:${port}`, ...(fallbacks ?? [])].join(' ');
};

function refusal(input: Partial<DialInput>): { message: string; hint: string | undefined; exit: number | undefined } {
  try {
    dial(input);
  } catch (error) {
    assert.ok(error instanceof TargetError, String(error));
    return { message: error.message, hint: error.hint, exit: error.curlExitCode };
  }
  return assert.fail('it was not refused');
}

describe('--resolve', () => {
  const given: readonly (readonly [resolve: string[], host: string, dialled: string])[] = [
    [['h:80:192.0.2.1'], 'h', '192.0.2.1:80'],
    [['h:81:192.0.2.1'], 'h', 'h:80'],
    [['*:80:192.0.2.1'], 'h', '192.0.2.1:80'],
    [['*:81:192.0.2.1'], 'h', 'h:80'],
    // the name itself wins, whichever comes first
    [['*:80:192.0.2.1', 'h:80:192.0.2.2'], 'h', '192.0.2.2:80'],
    [['h:80:192.0.2.2', '*:80:192.0.2.1'], 'h', '192.0.2.2:80'],
    [['x:80:192.0.2.2', '*:80:192.0.2.1'], 'h', '192.0.2.1:80'],
    [['*:80:192.0.2.1', '-*:80'], 'h', 'h:80'],
    [['h:80:192.0.2.1', '-H:80'], 'h', 'h:80'],
    [['h:80:192.0.2.1', '-h:81'], 'h', '192.0.2.1:80'],
    [['h:80:192.0.2.1', '-nothing'], 'h', '192.0.2.1:80'],
    [['-h:80', 'h:80:192.0.2.1'], 'h', '192.0.2.1:80'],
    [['a-h:80:192.0.2.1', 'h:80:192.0.2.2', '-x-h:80'], 'h', '192.0.2.2:80'],
    [['h:80:192.0.2.1', '-:x-h:80'], 'h', '192.0.2.1:80'],
    [['h:65535:192.0.2.1'], 'h', 'h:80'],
    [['h:80:[2001:db8::1],[192.0.2.1]'], 'h', '2001:db8::1:80 192.0.2.1'],
  ];
  for (const [resolve, host, dialled] of given) {
    it(`${resolve.join(' ')} for ${host} leads to ${dialled}`, () => {
      assert.equal(dial({ resolve, host }), dialled);
    });
  }

  for (const value of ['h:65536:192.0.2.1', 'h:80:[192.0.2.1', 'h:80:[192.0.2.11', 'h:80:', 'h:80', 'h:x:192.0.2.1']) {
    it(`${value} is malformed`, () => {
      const { message, exit } = refusal({ resolve: [value] });
      assert.equal(message, `--resolve ${value} is malformed (curl exits with 49)`);
      assert.equal(exit, 49);
    });
  }

  it('a long value is cut in the message', () => {
    const name = 'n'.repeat(500);
    const { message, hint } = refusal({ resolve: [`h:80:${name}`] });
    assert.equal(message, `--resolve h:80:${'n'.repeat(94)}… is malformed (curl exits with 49)`);
    assert.match(hint!, / n{39}… is no IP address/);
  });
});

describe('--connect-to', () => {
  const given: readonly (readonly [connectTo: string[], dialled: string])[] = [
    [[], 'h:80'],
    [['h:80:x:81'], 'x:81'],
    [['H:80:x:81'], 'x:81'],
    [['h::x:81'], 'x:81'],
    [['::x:81'], 'x:81'],
    [[':80:x:'], 'x:80'],
    [['::x'], 'x:80'],
    [[':::81'], 'h:81'],
    // it says nothing, so the next one is asked
    [['::', '::x:81'], 'x:81'],
    [['h:81:x:81'], 'h:80'],
    [['hh:80:x:81'], 'h:80'],
    // ports are whole numbers in digits
    [['h:+80:x:81'], 'x:81'],
    [['h:0x50:x:81'], 'h:80'],
    [['h:80.0:x:81'], 'h:80'],
    [['h:8e1:x:81'], 'h:80'],
    [['h:801'], 'h:80'],
    [['h:80'], 'h:80'],
    [['::x:65535'], 'x:65535'],
    [['::[2001:db8::1]:81'], '2001:db8::1:81'],
    [['::[2001:db8::1]'], '2001:db8::1:80'],
    [['::[2001:db8::]:81'], '2001:db8:::81'],
    [['::a[2001]:81'], 'a[2001]:81'],
  ];
  for (const [connectTo, dialled] of given) {
    it(`${connectTo.join(' ') || 'nothing'} leads to ${dialled}`, () => {
      assert.equal(dial({ connectTo }), dialled);
    });
  }

  it('the case of the host does not matter on either side', () => {
    assert.equal(dial({ host: 'H', connectTo: ['h:80:x:81'] }), 'x:81');
    assert.equal(dial({ host: '2001:DB8::1', connectTo: ['[2001:db8::1]:80:x:81'] }), 'x:81');
  });

  for (const value of ['::x:65536', '::x:81a', '::x:-1']) {
    it(`${value} is malformed`, () => {
      assert.equal(refusal({ connectTo: [value] }).exit, 49);
    });
  }
});

describe('where a host leads by itself', () => {
  const given: readonly (readonly [host: string, family: 4 | 6 | null, dialled: string])[] = [
    ['localhost', null, '127.0.0.1'],
    ['LOCALHOST', 4, '127.0.0.1'],
    ['localhost', 6, '::1'],
    ['a.localhost', 6, '::1'],
    ['mylocalhost', null, 'mylocalhost'],
    ['localhost.example', null, 'localhost.example'],
    ['.', null, '.'],
    ['0.0.0.0', null, '127.0.0.1'],
    ['::', null, '::1'],
    ['::ffff:192.0.2.1', null, '192.0.2.1'],
  ];
  for (const [host, family, dialled] of given) {
    it(`${host}${family ? ` with -${family}` : ''}: ${dialled}`, () => {
      assert.deepEqual(usualDial(host, 80, family), { host: dialled, port: 80 });
    });
  }

  it('is the name without the dot at its end, and that there was one', () => {
    for (const [host, dialled] of [
      ['example.com.', 'example.com'],
      ['a.', 'a'],
    ] as const) {
      const dial = usualDial(host, 80, null);
      assert.deepEqual(dial, { host: dialled, port: 80, isAbsolute: true });
      assert.equal(nameDialled(dial), host);
    }
    assert.equal(nameDialled(usualDial('a', 80, null)), 'a');
  });
});
