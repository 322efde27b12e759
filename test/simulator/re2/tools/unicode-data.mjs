// Writes src/lib/simulator/envoy/re2/unicode-data.ts from the Unicode Character Database.
//
// Not part of the test run. To use it, install the data package of the wanted version somewhere and name its folder:
//   npm install --prefix /tmp/ucd @unicode/unicode-15.1.0
//   node test/simulator/re2/tools/unicode-data.mjs /tmp/ucd/node_modules/@unicode/unicode-15.1.0 \
//     > src/lib/simulator/envoy/re2/unicode-data.ts
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const source = resolve(process.argv[2] ?? '.');
const version = basename(source).replace('unicode-', '');
const load = async (...path) => (await import(pathToFileURL(join(source, ...path)).href)).default;

const categories = {
  Cc: 'Control',
  Cf: 'Format',
  Co: 'Private_Use',
  Cs: 'Surrogate',
  Ll: 'Lowercase_Letter',
  Lm: 'Modifier_Letter',
  Lo: 'Other_Letter',
  Lt: 'Titlecase_Letter',
  Lu: 'Uppercase_Letter',
  Mc: 'Spacing_Mark',
  Me: 'Enclosing_Mark',
  Mn: 'Nonspacing_Mark',
  Nd: 'Decimal_Number',
  Nl: 'Letter_Number',
  No: 'Other_Number',
  Pc: 'Connector_Punctuation',
  Pd: 'Dash_Punctuation',
  Pe: 'Close_Punctuation',
  Pf: 'Final_Punctuation',
  Pi: 'Initial_Punctuation',
  Po: 'Other_Punctuation',
  Ps: 'Open_Punctuation',
  Sc: 'Currency_Symbol',
  Sk: 'Modifier_Symbol',
  Sm: 'Math_Symbol',
  So: 'Other_Symbol',
  Zl: 'Line_Separator',
  Zp: 'Paragraph_Separator',
  Zs: 'Space_Separator',
};

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';

/** Base 32, lowest digit last; every digit but the last comes from the first half of DIGITS. */
function number(n) {
  let text = DIGITS[32 + (n % 32)];
  for (let rest = Math.floor(n / 32); rest > 0; rest = Math.floor(rest / 32)) text = DIGITS[rest % 32] + text;
  return text;
}

async function runs(property, names) {
  const owner = new Int16Array(0x110000);
  for (const [index, name] of names.entries()) {
    for (const point of await load(property, name, 'code-points.mjs')) owner[point] = index + 1;
  }
  let text = '';
  for (let start = 0; start < owner.length;) {
    let end = start;
    while (end < owner.length && owner[end] === owner[start]) end++;
    text += number(end - start) + number(owner[start]);
    start = end;
  }
  return text;
}

async function folds() {
  const target = new Map();
  for (const status of ['C', 'S']) {
    for (const [from, to] of await load('Case_Folding', status, 'code-points.mjs')) target.set(from, to);
  }
  const points = [...target.keys()].sort((a, b) => a - b);
  let text = '';
  let previous = 0;
  for (let i = 0; i < points.length;) {
    const first = points[i];
    const delta = target.get(first) - first;
    const stride = points[i + 1] === first + 2 && target.get(first + 2) - first - 2 === delta ? 2 : 1;
    let count = 1;
    while (
      points[i + count] === first + count * stride &&
      target.get(points[i + count]) - points[i + count] === delta
    ) {
      count++;
    }
    text += number(first - previous) + number(count) + number(stride) + number(delta < 0 ? -2 * delta - 1 : 2 * delta);
    previous = first;
    i += count;
  }
  return text;
}

function constant(name, comment, text) {
  const lines = text.match(/.{1,112}/gu).map((line) => `  '${line}',`);
  return `/** ${comment} */\nexport const ${name} = [\n${lines.join('\n')}\n].join('');\n`;
}

function list(name, comment, names) {
  const lines = ['  '];
  for (const item of names) {
    if (lines.at(-1).length + item.length + 1 > 114) lines.push('  ');
    lines[lines.length - 1] += `${item} `;
  }
  const text = lines.map((line) => `  '${line.trimStart()}',`);
  return `/** ${comment} */\nexport const ${name} = [\n${text.join('\n')}\n].join('');\n`;
}

// RE2 has no name for the code points of no script
const scripts = readdirSync(join(source, 'Script'))
  .filter((name) => name !== 'Unknown')
  .sort();
process.stdout.write(`// Facts of the Unicode Character Database ${version}, the version in the RE2 of Envoy 1.36.
// Made by test/simulator/re2/tools/unicode-data.mjs; unicode.ts says how to read it.

${list('CATEGORY_NAMES', 'General categories, in the order of their numbers (1, 2, …).', Object.keys(categories))}
${constant('CATEGORY_RUNS', 'Pairs (length, category number or 0) that cover all code points from 0.', await runs('General_Category', Object.values(categories)))}
${list('SCRIPT_NAMES', 'Scripts, in the order of their numbers (1, 2, …).', scripts)}
${constant('SCRIPT_RUNS', 'Pairs (length, script number or 0) that cover all code points from 0.', await runs('Script', scripts))}
${constant('FOLD_RUNS', 'Simple case folding: (gap from the previous first, count, stride, zigzag delta).', await folds())}`);
