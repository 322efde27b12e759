import assert from 'node:assert/strict';
import fc from 'fast-check';
import { curlOptions } from '../../../src/lib/simulator/request/curl-options.js';
import { parseCurl, parseTarget, TargetError, type Target } from '../../../src/lib/simulator/request/index.js';
import { quoteShellWord } from '../../../src/lib/text/shell.js';
import { counted } from '../../support/steps.js';

const withoutCommand = (target: Target): Target => ({ ...target, command: '' });

/** Anything but a TargetError is a defect; gives the target when there is one. */
function attempt(parse: () => Target, length: number): Target | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    assert.ok(error.message.length > 0 && error.message.length < 1000, error.message);
    if (error.position !== undefined)
      assert.ok(error.position >= 0 && error.position <= length, String(error.position));
    return null;
  }
}

const junk = fc.string({
  unit: fc.constantFrom(...`abz019.:/@?#[]{}%,;=-+*~ '"\\$&|\`\t\n\0éß😀\ud800`.split('')),
  maxLength: 30,
});
const urlish = fc
  .tuple(fc.constantFrom('', 'http://', 'https://', 'ftp.', 'tcp://', 'x://', 'http:'), junk)
  .map(([scheme, rest]) => scheme + rest);
const optionWord = fc.oneof(
  fc.constantFrom(...curlOptions()).map(({ name }) => `--${name}`),
  fc.constantFrom(...curlOptions()).map(({ name, letter }) => (letter ? `-${letter}` : `--no-${name}`)),
  junk.map((text) => `-${text}`),
);
const word = fc.oneof(
  junk,
  urlish,
  optionWord,
  fc.constantFrom('http://h.example/', 'h:80:192.0.2.1', 'a: b', '1', '-'),
);

describe('targets in general', () => {
  it('throw nothing but TargetError', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        attempt(() => parseCurl(args), args.length);
        attempt(() => parseCurl([...args, 'http://httpbin.org/']), args.length);
        const line = `curl ${args.map(quoteShellWord).join(' ')}`;
        attempt(() => parseTarget(line), line.length);
      }),
      { numRuns: 1500 },
    );
    fc.assert(
      fc.property(fc.oneof(junk, urlish, fc.string(), fc.string({ unit: 'binary' })), (line) => {
        attempt(() => parseTarget(line), line.length);
        attempt(() => parseTarget(`curl ${line}`), line.length + 5);
      }),
      { numRuns: 1500 },
    );
  });

  it('are well formed', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), urlish, (args, url) => {
        const target = attempt(() => parseCurl([...args, url]), args.length + 1);
        if (!target) return;
        assert.ok(target.port > 0 || target.dial.port > 0);
        assert.ok(target.host !== '' && target.dial.host !== '' && target.dial.port <= 65535);
        assert.equal(target.http !== undefined, target.scheme !== 'tcp');
        assert.equal(target.tls !== undefined, target.scheme === 'https');
        assert.equal(target.tls?.sni ?? '', (target.tls?.sni ?? '').toLowerCase());
        for (const [name, value] of target.http?.headers ?? []) {
          assert.ok(!/^host$/i.test(name));
          assert.equal(value, value.replace(/^[ \t]+|[ \t]+$/g, ''));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('take linear time on junk', async function () {
    this.timeout(60_000);
    const { module, stepsOf } = await counted<{ parseCurl: typeof parseCurl; parseTarget: typeof parseTarget }>(
      'src/lib/simulator/request/index.ts',
    );
    /** Twice the input costs about twice the steps. */
    const assertLinear = (what: string, length: number, work: (length: number) => void): void => {
      const [short, long] = [length, 2 * length].map((some) => stepsOf(() => work(some)));
      assert.ok(long! < 2.2 * short!, `${what}: ${short} steps for a length of ${length}, ${long} for twice that`);
    };
    const repeated = [
      '[',
      '{',
      '}',
      'a:',
      '..',
      '/..',
      '/./',
      '%',
      '%41',
      '@',
      '#',
      '?',
      ',',
      '\\',
      "'",
      '"',
      '.',
      '-',
      ' ',
      '\t',
      'é',
      '1.',
      '::',
      ';',
      '0',
      'a b ',
      '\n',
      '$',
      '[]',
      '{a}',
      '[1-1]',
    ];
    const frames = [
      (text: string) => text,
      (text: string) => `http://${text}`,
      (text: string) => `http://h/${text}`,
      (text: string) => `http://h/?${text}`,
      (text: string) => `tcp://${text}:80`,
      (text: string) => `curl ${text}`,
      (text: string) => `curl '${text}'`,
      (text: string) => `curl "${text}"`,
      (text: string) => `curl --${text} http://h/`,
      (text: string) => `curl http://h/ -H 'a: ${text}b' -H '${text}'`,
      (text: string) => `curl http://h/ -F 'a=${text}b' --data-urlencode '${text}'`,
      (text: string) => `curl http://h/ --resolve '${text}' --connect-to '${text}'`,
      (text: string) => `curl http://h/ -r '${text}' -e '${text}' -T '${text}x/' -u '${text}'`,
      (text: string) => `curl http://h/ -m '${text}' `,
    ];
    const parse = (line: string) => attempt(() => parseTarget(line), line.length);
    for (const frame of frames) {
      for (const unit of repeated) {
        assertLinear(frame(`${unit}…`), 4000, (length) => {
          try {
            module.parseTarget(frame(unit.repeat(length / unit.length)));
          } catch (error) {
            assert.equal((error as Error).name, 'TargetError');
          }
        });
      }
      // regular expressions have steps that are not counted: where theirs are not linear either, this does not end
      for (const unit of repeated) parse(frame(unit.repeat(100_000 / unit.length)));
    }
    for (const args of [
      ['-H', 'a: b'],
      ['-F', 'a=b'],
      ['-d', 'a'],
      ['-b', 'a=b'],
      ['--resolve', 'h:1:1.1.1.1'],
      ['-sS'],
      ['-K', 'x'],
    ]) {
      assertLinear(args.join(' '), 10_000, (length) => {
        module.parseCurl([...Array.from({ length }, () => args).flat(), 'http://h/']);
      });
    }
  });
});

describe('the order of options', () => {
  const switches = curlOptions().filter(
    ({ kind, letter, effect }) => kind === 'flag' && letter !== '' && effect !== 'no-request',
  );
  const letters = fc.array(fc.constantFrom(...switches.map(({ letter }) => letter)), { minLength: 1, maxLength: 8 });
  const last = fc.constantFrom(
    ['X', 'PUT'],
    ['H', 'a: b'],
    ['d', 'x=y'],
    ['A', 'me'],
    ['u', 'a:b'],
    ['m', '5'],
    ['o', 'file'],
  );

  it('lets letters share a dash', () => {
    fc.assert(
      fc.property(letters, last, (drawn, [letter, value]) => {
        const url = 'http://httpbin.org/get';
        const apart = [...drawn.map((one) => `-${one}`), `-${letter}`, value, url];
        const together = [`-${drawn.join('')}${letter}`, value, url];
        const attached = [`-${drawn.join('')}${letter}${value}`, url];
        const expected = attempt(() => parseCurl(apart), apart.length);
        for (const args of [together, attached]) {
          const target = attempt(() => parseCurl(args), args.length);
          assert.deepEqual(target && withoutCommand(target), expected && withoutCommand(expected));
        }
      }),
    );
  });

  it('does not matter between options that have nothing to do with each other', () => {
    const independent = [
      ['-s'],
      ['-f'],
      ['-X', 'PUT'],
      ['-H', 'x-env: prod'],
      ['-A', 'me'],
      ['-e', 'ref'],
      ['-u', 'a:b'],
      ['-d', 'x=y'],
      ['--compressed'],
      ['-b', 'c=d'],
      ['-r', '0-5'],
      ['--path-as-is'],
      ['-g'],
      ['--no-alpn'],
      ['--http1.1'],
      ['-4'],
      ['--resolve', 'httpbin.org:80:192.0.2.1'],
      ['--connect-to', 'x:1:y:2'],
      ['--request-target', '/t'],
      ['-L'],
      ['-k'],
      ['http://httpbin.org/a/../{b}'],
    ];
    const expected = withoutCommand(parseCurl(independent.flat()));
    fc.assert(
      fc.property(fc.shuffledSubarray(independent, { minLength: independent.length }), (shuffled) => {
        assert.deepEqual(withoutCommand(parseCurl(shuffled.flat())), expected);
      }),
    );
  });

  it('accepts options after the URL, and -- before it', () => {
    fc.assert(
      fc.property(fc.subarray([['-I'], ['-H', 'a: b'], ['-f'], ['--http1.1']]), (options) => {
        const url = 'https://httpbin.org/';
        const expected = withoutCommand(parseCurl([...options.flat(), url]));
        assert.deepEqual(withoutCommand(parseCurl([url, ...options.flat()])), expected);
        assert.deepEqual(withoutCommand(parseCurl([...options.flat(), '--', url])), expected);
        assert.deepEqual(withoutCommand(parseCurl([...options.flat(), '--url', url])), expected);
      }),
    );
  });
});
