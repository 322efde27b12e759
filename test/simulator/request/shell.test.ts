import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { splitShellWords, TargetError } from '../../../src/lib/simulator/request/index.js';
import { quoteShellWord } from '../../../src/lib/text/shell.js';
import type { ShellCase } from './record-shell.js';

const golden = JSON.parse(readFileSync(new URL('shell-golden.json', import.meta.url), 'utf8')) as ShellCase[];

function refusal(line: string): TargetError {
  try {
    splitShellWords(line);
  } catch (error) {
    if (error instanceof TargetError) return error;
    throw error;
  }
  return assert.fail(`not refused: ${line}`);
}

describe('splitShellWords', () => {
  it('splits as the real sh does', () => {
    for (const { line, words } of golden) {
      if (words === null) assert.match(refusal(line).message, /never closed|second command/, line);
      else assert.deepEqual(splitShellWords(line), words, JSON.stringify(line));
    }
    assert.ok(golden.length > 200 && golden.some(({ words }) => words === null));
  });

  it('refuses what a shell would do, and says where', () => {
    const cases: [line: string, position: number, message: RegExp][] = [
      ["curl 'http://x", 5, /quote ' is never closed/],
      ['curl "http://x', 5, /quote " is never closed/],
      ["curl $'http://x", 5, /never closed/],
      ['curl http://x | jq .', 14, /unquoted \|.*no shell/],
      ['curl http://x > out', 14, /unquoted >/],
      ['curl http://x 2>/dev/null', 15, /unquoted >/],
      ['curl http://x < in', 14, /unquoted </],
      ['curl http://x; ls', 13, /unquoted ;/],
      ['curl http://x/?a=1&b=2', 18, /unquoted &/],
      ['curl http://x && ls', 14, /unquoted &/],
      ['(curl http://x)', 0, /unquoted \(/],
      ['curl http://$HOST/', 12, /\$HOST is a shell variable.*no shell/],
      ['curl http://${HOST}/', 12, /\$\{HOST\} is a shell variable/],
      ['curl "http://$HOST/"', 13, /\$HOST is a shell variable/],
      ['curl $1 $@', 5, /\$1 is a shell variable/],
      ['curl http://$(host)/', 12, /command substitution.*no shell/],
      ['curl "$(cat url)"', 6, /command substitution/],
      ['curl http://`host`/', 12, /command substitution/],
      ['curl "`host`"', 6, /command substitution/],
      ['curl -d *', 8, /names of matching files/],
      ['curl -T *.txt http://x', 8, /names of matching files/],
      ['curl -T file? http://x', 12, /names of matching files/],
      ['curl -T [ab].txt http://x', 8, /names of matching files/],
      ['curl -T /tmp/* http://x', 13, /names of matching files/],
      ['curl -T ./* http://x', 10, /names of matching files/],
      ['curl http://x \\', 14, /ends with \\/],
      ['curl http://a\ncurl http://b', 14, /second command/],
      ['curl http://a\n\n # c\n  ls', 22, /second command/],
      ['curl a\0b', 6, /NUL/],
      ['curl a)', 6, /unquoted \)/],
      ['curl\nls', 5, /second command/],
      ['curl -T /tmp/"a"* http://x', 16, /replace \/tmp\/"a"\*… by/],
      ['curl -T ""/tmp/* http://x', 15, /names of matching files/],
      ['curl -T a.b* http://x', 11, /replace a\.b\*… by/],
      ['curl -T ./*:x http://x', 10, /names of matching files/],
      ['curl "a\\', 5, /quote " is never closed/],
      ['curl a$"b"', 6, /begins a quote in bash/],
      ["curl $'a\\", 5, /quote \$' is never closed/],
    ];
    for (const [line, position, message] of cases) {
      const error = refusal(line);
      assert.match(error.message, message, line);
      assert.equal(error.position, position, line);
      assert.ok(error.hint, line);
    }
  });

  it('leaves patterns alone that match no file', () => {
    for (const word of [
      'http://x/get?a=1',
      'x.example/get?a=1',
      'x.example?a=1',
      'http://x/[1-3]',
      'http://x/*',
      'x.example:80:[2001:db8::1]',
      '*:80:192.0.2.1',
      '::[::1]:80',
      'a[b',
      '][b]:',
      ']',
      'h/a?b',
      'h:80?b',
      `${'?'.repeat(200)}:`,
    ]) {
      assert.deepEqual(splitShellWords(`curl ${word}`), ['curl', word]);
    }
  });

  it("reads $'…'", () => {
    assert.deepEqual(splitShellWords(String.raw`$'a\'b\\c\n\t\x41\u00e9\101\q' x`), ["a'b\\c\n\tAéA\\q", 'x']);
    assert.deepEqual(splitShellWords(String.raw`$'\a\b\e\f\r\v'`), ['\x07\b\x1b\f\r\v']);
    assert.deepEqual(splitShellWords(String.raw`$'\x41b\u00e9b\U0001F600b\1011\U10FFFF'`), ['Abéb😀bA1\u{10ffff}']);
    // as bash has it, \x and octal numbers are bytes, of which several may be one character
    assert.deepEqual(splitShellWords(String.raw`$'\xc3\xa9\303\251\xC3\251\501\xf0\x9f\x98\x80'`), ['éééA😀']);
    assert.deepEqual(splitShellWords(String.raw`$'\E\cA\cz\"\?\''$'b'`), ['\x1b\x01\x1a"?\'b']);
    for (const escape of ['x00', '0', '400', 'xe9', 'xc3', 'u0000', 'ud800', 'udfff', 'U110000']) {
      const { message, position } = refusal(`a$'b\\${escape}-c'`);
      assert.deepEqual([message, position], [`\\${escape} is not a character`, 4]);
    }
    assert.deepEqual(splitShellWords(String.raw`$'\u1\x01\ud7ff\ue000'`), ['\x01\x01\ud7ff\ue000']);
  });

  it('accepts newlines after the command', () => {
    assert.deepEqual(splitShellWords('a b\n'), ['a', 'b']);
    assert.deepEqual(splitShellWords('\n# comment\ncurl http://x # more\n\n  # end\n'), ['curl', 'http://x']);
  });

  it('reads back what quoteShellWord writes', () => {
    const words = fc.array(fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')));
    fc.assert(
      fc.property(words, (list) => {
        assert.deepEqual(splitShellWords(list.map(quoteShellWord).join(' ')), list);
      }),
    );
  });
});
