/** The ASCII classes with a name: `\d` and its like, and `[:alpha:]` and its like. */
import { ownValue } from '../../../text/plain-data.js';
import { codePointSet } from './code-point-set.js';
import type { CodePointSet } from './code-point-set.js';

/** The members of each class: ranges as two characters, no separators. `\s` has no vertical tab, `[:space:]` does. */
const MEMBERS: Readonly<Record<string, string>> = {
  digit: '09',
  perlSpace: '\t\n\f\r  ',
  word: '09AZaz__',
  alnum: '09AZaz',
  alpha: 'AZaz',
  ascii: '\0\x7f',
  blank: '\t\t  ',
  cntrl: '\0\x1f\x7f\x7f',
  graph: '!~',
  lower: 'az',
  print: ' ~',
  punct: '!/:@[`{~',
  space: '\t\r  ',
  upper: 'AZ',
  xdigit: '09AFaf',
};

const PERL_NAMES: Readonly<Record<string, string>> = { d: 'digit', s: 'perlSpace', w: 'word' };

function members(name: string): CodePointSet | undefined {
  const pairs = ownValue(MEMBERS, name);
  if (pairs === undefined) return undefined;
  return codePointSet(
    Array.from(pairs.matchAll(/../gs), ([pair]) => ({ lo: pair.charCodeAt(0), hi: pair.charCodeAt(1) })),
  );
}

/** A named class and whether the name asks for everything else instead. */
export interface NamedClass {
  readonly set: CodePointSet;
  readonly negated: boolean;
}

/** The class of a letter after a backslash (`d`, `D`, `s`, `S`, `w`, `W`); undefined for any other letter. */
export function perlClass(letter: string): NamedClass | undefined {
  const small = letter.toLowerCase();
  const name = PERL_NAMES[small];
  if (name === undefined) return undefined;
  return { set: members(name) as CodePointSet, negated: letter !== small };
}

/** The class of a name between `[:` and `:]`, with `^` in front when negated; undefined for an unknown name. */
export function posixClass(name: string): NamedClass | undefined {
  const negated = name.startsWith('^');
  const plain = negated ? name.slice(1) : name;
  const set = plain === 'perlSpace' ? undefined : members(plain);
  return set && { set, negated };
}
