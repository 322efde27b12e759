/**
 * Records how the real `sh` splits command lines, into shell-golden.json.
 *
 *   node --import tsx test/simulator/request/record-shell.ts
 *
 * The lines hold no operators and no expansions, and run with an empty PATH in an empty directory.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

export interface ShellCase {
  readonly line: string;
  /** null: the shell reports a syntax error. */
  readonly words: readonly string[] | null;
}

const chosen = [
  '',
  '   ',
  'curl http://host/get',
  "curl -H 'x-env: prod' http://host/",
  'curl -H "x-env: prod" http://host/',
  'curl -H x-env:\\ prod http://host/',
  '\'\' "" \'\'""',
  "it\\'s 'it'\\''s' \"it's\"",
  '"a\\"b" "a\\\\b" "a\\$b" "a\\`b" "a\\nb" "a\\ b"',
  "'a\\nb' 'a\\' b",
  '"a\\\nb" c\\\nd e \\\n f',
  'a # b c',
  'a#b #c',
  '\'#\' \\# "#"',
  'a\tb\t\tc',
  '\ta b ',
  'http://host/get?x=1 http://host/[1-3] http://host/*',
  '{a,b} {a}',
  "a=b 'a b'=c",
  'a$ "a$" $',
  '"a $ b"',
  'café 日本 😀',
  'a\'b\'c"d"e\\f',
  "'a\nb'",
  '"a\nb"',
  "'unterminated",
  '"unterminated',
  'a "b \\" c',
  "a 'b' 'c",
  '!a a!b ^ % @ + - , . : / =',
  'a]b ] [ a[b',
  '\\a\\b\\c \\\\ \\"',
];

const alphabet = ['a', 'b', ' ', ' ', "'", '"', '\\', '#', '\t', '\\\n', '=', '{', '}', 'é', '-'];

function random(count: number): string[] {
  let state = 20230220;
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return (state >> 8) % below;
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(14) }, () => alphabet[next(alphabet.length)]).join(''),
  );
}

const cwd = mkdtempSync(join(tmpdir(), 'record-shell-'));

/** Nothing when the line holds a second command. */
function split(line: string): ShellCase[] {
  const script = `f() { for w; do printf '%s\\0' "$w"; done; }\nf ${line}\n`;
  const result = spawnSync('/bin/sh', ['-c', script], { cwd, env: { PATH: '/nowhere' } });
  if (result.status === 2) return [{ line, words: null }];
  return result.status === 0 ? [{ line, words: result.stdout.toString().split('\0').slice(0, -1) }] : [];
}

const lines = [...new Set([...chosen, ...random(250)])].filter((line) => !line.endsWith('\\'));
const cases = lines.flatMap(split);
rmSync(cwd, { recursive: true });
const file = fileURLToPath(new URL('shell-golden.json', import.meta.url));
writeFileSync(file, await format(JSON.stringify(cases), { parser: 'json', printWidth: 120 }));
