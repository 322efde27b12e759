import type { Chance } from './chance.js';

/** What breaks readers of YAML, JSON, URLs and command lines, and what a terminal would obey. */
const TROUBLE: readonly string[] = [
  ...[
    '\u001b[2J',
    '\u0007',
    '\u202e',
    '\u009b1m',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\r',
    '\t',
    '\ud800',
    '\u{e0041}',
    '日本',
  ],
  ...['&a ', '*a', '<<: *a', '!!binary ', '? ', '- ', '---', '...', '%YAML 1.1', '|', '>-', '{', '}', '[', ']', '#'],
  ...[':', ': ', ',', '"', "'", '\\', '`', '$(x)', '=', '@', '/', '?', '%00', '%', '//', '://', '-', '--', '*', '*.'],
  ...['null', '~', 'true', 'yes', '0777', '1_000', '-1', '65536', '1e400', '9007199254740993', '.inf', '.nan', '0x10'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'length',
    'a.b',
    '',
    ' ',
    'x'.repeat(300),
    '10.0.0.0/33',
    '::1',
    '0.0.0.0/0',
  ],
  ...[
    '(?=a)',
    '(a*)*b',
    '[',
    '\\C',
    '(?P<n>a)',
    '.{1000}',
    'kind: List',
    'items:',
    'metadata:',
    'spec: {}',
    '{{ .x }}',
  ],
];

/** A text with one to four random faults: cut, doubled, swapped or replaced parts, or trouble put in. */
export function spoiled(text: string, chance: Chance): string {
  let result = text;
  for (let faults = 1 + chance.below(4); faults > 0; faults -= 1) result = chance.oneOf(faultsOf)(result, chance);
  return result;
}

type Spoil = (text: string, chance: Chance) => string;

const put: Spoil = (text, chance) => {
  const at = chance.below(text.length + 1);
  return text.slice(0, at) + chance.oneOf(TROUBLE) + text.slice(at);
};

/** A word that the format does not know from others: a name, a number, a value. */
const word: Spoil = (text, chance) => {
  const words = [...text.matchAll(/[\w./*-]+/g)];
  if (words.length === 0) return put(text, chance);
  const { index, 0: old } = chance.oneOf(words);
  const other = chance.below(2) === 0 ? chance.oneOf(TROUBLE) : chance.oneOf(words)[0];
  return text.slice(0, index) + other + text.slice(index + old.length);
};

const cut: Spoil = (text, chance) => {
  const from = chance.below(text.length + 1);
  return text.slice(0, from) + text.slice(from + chance.below(30));
};

const end: Spoil = (text, chance) => text.slice(0, chance.below(text.length + 1));

const double: Spoil = (text, chance) => {
  const from = chance.below(text.length + 1);
  const part = text.slice(from, from + chance.below(200));
  return text.slice(0, from) + part.repeat(1 + chance.below(3)) + text.slice(from);
};

const line: Spoil = (text, chance) => {
  const lines = text.split('\n');
  const [from, to] = [chance.below(lines.length), chance.below(lines.length)];
  const [moved = ''] = chance.below(2) === 0 ? lines.splice(from, 1) : [lines[from]];
  lines.splice(to, 0, chance.below(3) === 0 ? `  ${moved}` : moved);
  return lines.join('\n');
};

const faultsOf: readonly Spoil[] = [put, word, word, word, cut, end, double, line, line];

/** Data of which one part is of another shape. */
export function misshapen(value: unknown, chance: Chance): unknown {
  const others = [null, [], {}, 7, true, chance.oneOf(TROUBLE), [null], { items: null }, [[]], -1];
  if (typeof value !== 'object' || value === null || chance.below(6) === 0) return chance.oneOf(others);
  const keys = Object.keys(value);
  if (keys.length === 0) return chance.oneOf(others);
  const key = chance.oneOf(keys);
  const copy = structuredClone(value) as Record<string, unknown>;
  if (chance.below(8) === 0 && !Array.isArray(copy)) delete copy[key];
  else copy[key] = misshapen(copy[key], chance);
  return copy;
}
