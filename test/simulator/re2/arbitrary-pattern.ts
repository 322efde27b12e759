import fc from 'fast-check';

const CHARACTERS = [
  'a',
  'b',
  'k',
  's',
  'A',
  'B',
  'K',
  '/',
  '-',
  '0',
  '_',
  'é',
  'É',
  'ſ',
  '\u212a',
  '日',
  '😀',
  'ab',
  'abc',
];
const CLASSES = [
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '[^/]',
  '[a-z]',
  '[^a-z0-9]',
  '[Kk]',
  '[[:alpha:]_]',
  '[é-ü]',
  '\\pN',
];
const POSITIONS = ['^', '$', '\\A', '\\z', '\\b', '\\B'];
const OPENINGS = ['(', '(?:', '(?i:', '(?s:', '(?m:', '(?U:', '(?P<n>', '(?i-s:'];
const OPERATORS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,}', '{2,3}?', '{0}'];

/** Patterns that RE2 parses, small enough that Envoy accepts most of them. */
export const validPattern: fc.Arbitrary<string> = fc.letrec<{ pattern: string; sequence: string; piece: string }>(
  (tie) => ({
    pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
    sequence: fc.array(tie('piece'), { maxLength: 4 }).map((parts) => parts.join('')),
    piece: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...CHARACTERS),
      fc.constantFrom(...CLASSES),
      fc.constantFrom(...POSITIONS),
      fc
        .tuple(fc.constantFrom(...CLASSES, ...CHARACTERS), fc.constantFrom(...OPERATORS))
        .map((parts) => parts.join('')),
      fc.tuple(fc.constantFrom(...OPENINGS), tie('pattern')).map(([opening, inner]) => `${opening}${inner})`),
      fc
        .tuple(fc.constantFrom(...OPENINGS), tie('pattern'), fc.constantFrom(...OPERATORS))
        .map(([opening, inner, operator]) => `${opening}${inner})${operator}`),
    ),
  }),
).pattern;

/** Anything at all, with a preference for what means something in a pattern. */
export const anyPattern: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '(',
        '(?',
        '(?P<',
        '(?i',
        ')',
        '[',
        '[^',
        '[:',
        ':]',
        ']',
        '\\',
        '\\x{',
        '\\Q',
        '\\E',
        '\\p{',
        '{',
        '}',
      ),
      fc.constantFrom(
        '{1000}',
        '{1,',
        '*',
        '+',
        '?',
        '|',
        '^',
        '$',
        '.',
        '-',
        '>',
        ':',
        '\ud83d',
        '\ude00',
        '\0',
        '\n',
      ),
      fc.constantFrom(...CHARACTERS, ...CLASSES, ...POSITIONS),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** Texts over the alphabet of the patterns. */
export const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...CHARACTERS, '\n', ' ', 'z', '9', '\ud800'), { maxLength: 6 })
  .map((parts) => parts.join(''));
