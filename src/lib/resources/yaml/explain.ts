import type { YAMLException } from 'js-yaml';
import { SyntaxProblem } from '../errors.js';
import { isSpace } from '../text/space.js';
import { openValues } from './positions.js';
import { splitDocuments } from './split.js';

/**
 * js-yaml's faults in the words of someone who writes policies: what is wrong, where it began, what to write instead.
 */

interface Fault {
  /** The document. */
  readonly text: string;
  /** Where the parser stopped. */
  readonly offset: number;
  readonly maxDepth: number;
}

type Explanation = (fault: Fault, match: RegExpExecArray) => SyntaxProblem;

/** Larger documents are not read a second time for the sake of a better place. */
const largestReread = 4_000_000;

const problem = (fault: Fault, message: string, hint?: string, offset = fault.offset): SyntaxProblem =>
  new SyntaxProblem(message, offset, hint);

/** As `problem`, with words of the document in message or hint. */
const quoting = (fault: Fault, message: string, hint?: string, offset = fault.offset): SyntaxProblem =>
  new SyntaxProblem(message, offset, hint, true);

/** The word at an offset, for messages; at most 40 characters. */
function wordAt(text: string, offset: number): string {
  let end = offset;
  while (end < text.length && end - offset < 40 && !/[\s:,[\]{}]/.test(text.charAt(end))) end += 1;
  return text.slice(offset, end);
}

/** Where the innermost value starts that was still open, such as the quote of a string that never ends. */
function innermostStart(fault: Fault): number {
  if (fault.text.length > largestReread) return fault.offset;
  return openValues(fault.text, fault.maxDepth).at(-1) ?? fault.offset;
}

function starAt(text: string, offset: number, name: string): number {
  const at = text.lastIndexOf(`*${name}`, offset);
  return at === -1 ? offset : at;
}

const unknownAlias: Explanation = (fault, match) => {
  const name = match[1] ?? '';
  const at = starAt(fault.text, fault.offset, name);
  return quoting(
    fault,
    `\`*${name}\` refers to an anchor \`&${name}\` that this document does not have`,
    `to write the text itself, quote it: "*${name}"`,
    at,
  );
};

/** The text of the line before an offset. */
function lineUpTo(text: string, offset: number): string {
  return /[^\r\n]*$/.exec(text.slice(Math.max(0, offset - 1000), offset))?.[0] ?? '';
}

const indentation: Explanation = (fault) => {
  if (/\{\{/.test(fault.text)) return template(fault);
  const special = forbiddenStart(fault);
  if (special) return special;
  if (fault.text.charAt(fault.offset) === ':' && /:\s/.test(lineUpTo(fault.text, fault.offset))) {
    return problem(fault, 'a second colon stands on this line', 'quote a value that has a colon and a space in it');
  }
  return problem(
    fault,
    'this does not fit where it stands: the indentation is wrong, or a colon or a quote is missing on the lines before',
    'keys of one map, and dashes of one list, start in the same column',
  );
};

const explanations: readonly (readonly [RegExp, Explanation])[] = [
  [
    /^tab characters must not be used in indentation/,
    (fault) => problem(fault, 'the line is indented with a tab', 'indent with spaces; YAML does not allow tabs there'),
  ],
  [/^unidentified alias "(.*)"/s, unknownAlias],
  [
    /^name of an alias node must contain/,
    (fault) => problem(fault, 'a bare `*` starts a reference in YAML', 'quote it: "*"', Math.max(0, fault.offset - 1)),
  ],
  [
    /^unknown escape sequence/,
    (fault) =>
      quoting(
        fault,
        `\`\\${fault.text.charAt(fault.offset)}\` is not an escape that YAML knows in double quotes`,
        'write regular expressions in single quotes, or without quotes',
      ),
  ],
  [
    /^unexpected end of the (?:stream|document) within a (single|double) quoted/,
    (fault, match) =>
      problem(
        fault,
        `the string that starts with a ${match[1]} quote here never ends`,
        `add the closing ${match[1] === 'single' ? "'" : '"'}`,
        innermostStart(fault),
      ),
  ],
  [
    /^unexpected end of the stream within a flow collection/,
    (fault) =>
      problem(fault, 'the bracket that opens here is never closed', 'add the closing ] or }', unclosedBracket(fault)),
  ],
  [
    /^nesting exceeded maxDepth/,
    (fault) =>
      problem(
        fault,
        `values are nested deeper than ${fault.maxDepth} levels`,
        'no Kubernetes object needs that; check the brackets and the indentation',
      ),
  ],
  [
    /^merge keys exceeded maxTotalMergeKeys \((\d+)\)/,
    (fault, match) =>
      problem(fault, `the \`<<\` of this document copy more than ${match[1]} fields`, 'write the fields out'),
  ],
  [
    /^cannot merge mappings/,
    (fault) => problem(fault, 'what `<<` names is not a map', 'quote it to use it as a plain key: "<<"'),
  ],
  [
    /^null byte is not allowed|^the stream contains non-printable/,
    (fault) =>
      problem(
        fault,
        'a control character stands in the text',
        'remove it, or write it as an escape in double quotes, like "\\u0007"',
      ),
  ],
  [
    /^unknown tag !<(?:tag:yaml.org,2002:)?(.*)>/s,
    (fault, match) =>
      quoting(
        fault,
        `the tag \`${match[1]}\` means nothing to Kubernetes`,
        'remove the tag, or quote the value if it starts with !',
        Math.max(0, fault.text.lastIndexOf('!', fault.offset)),
      ),
  ],
  [
    /^cannot resolve a node with !<tag:yaml.org,2002:(\w+)> explicit tag/,
    (fault, match) => quoting(fault, `the value is not what its tag \`!!${match[1]}\` says`, 'remove the tag'),
  ],
  [/^(?:bad indentation of a|can not read an? |a multiline key)/, indentation],
  [
    /^missed comma between flow collection entries|^expected the node content, but found ','/,
    (fault) =>
      /\{\{/.test(fault.text)
        ? template(fault)
        : problem(
            fault,
            'a comma, a closing bracket or a quote is missing',
            'separate the entries of [ ] and { } by commas',
          ),
  ],
  [
    /^a whitespace character is expected after the key-value separator/,
    (fault) => problem(fault, 'a space is missing after the colon', 'write `key: value`'),
  ],
  [
    /^directives end mark is expected/,
    (fault) =>
      problem(fault, 'a line that starts with % must be followed by a line of ---', 'quote it if it is a value'),
  ],
  [
    /^missing indentation for block scalar/,
    (fault) => problem(fault, 'the text after | or > is not indented', 'indent it by two spaces more than its key'),
  ],
  [/^end of the stream or a document separator is expected/, outside],
];

/** Where the text of a document goes on although its value has ended. */
function outside(fault: Fault): SyntaxProblem {
  if (/\{\{/.test(fault.text)) return template(fault);
  const special = forbiddenStart(fault) ?? missingSpace(fault);
  if (special) return special;
  return problem(
    fault,
    'this does not belong to the value before it',
    'check the indentation, and put `---` on a line of its own between two objects',
  );
}

/** `%`, `@` and backquotes are reserved at the start of a value. */
function forbiddenStart(fault: Fault): SyntaxProblem | undefined {
  const first = fault.text.charAt(fault.offset);
  if (first !== '%' && first !== '@' && first !== '`') return undefined;
  return quoting(fault, `a value cannot start with ${first}`, `quote it: "${wordAt(fault.text, fault.offset)}"`);
}

/** `apiVersion:v1` on the line before makes one text of both lines. */
function missingSpace(fault: Fault): SyntaxProblem | undefined {
  const lineStart = fault.offset - lineUpTo(fault.text, fault.offset).length;
  const before = lineUpTo(fault.text, fault.text.slice(0, lineStart).replace(/\r?\n$|\r$/, '').length);
  const match = /^[ -]*([A-Za-z][\w.-]*):(\S{1,40})/.exec(before);
  if (!match) return undefined;
  const offset = fault.text.lastIndexOf(before, lineStart) + match[0].length - (match[2] ?? '').length;
  return quoting(fault, 'a space is missing after the colon', `write ${match[1]}: ${match[2]}`, offset);
}

function template(fault: Fault): SyntaxProblem {
  const at = fault.text.indexOf('{{');
  return problem(
    fault,
    'this is a template, not YAML yet: it contains `{{`',
    'render it first: helm template … | osm-ts … -f -',
    at,
  );
}

/** A key that is a list or a map, as `{{ .Values.host }}` has one. */
export function explainCollectionKey(text: string, offset: number): SyntaxProblem {
  const fault: Fault = { text, offset, maxDepth: 0 };
  if (/\{\{/.test(text)) return template(fault);
  return problem(fault, 'the key of a map must be a plain value here, not a list or a map', 'quote it if it is text');
}

/** The bracket whose end is missing: the innermost open value that starts with one. */
function unclosedBracket(fault: Fault): number {
  if (fault.text.length > largestReread) return fault.offset;
  const open = openValues(fault.text, fault.maxDepth).filter((at) => /[[{]/.test(fault.text.charAt(at)));
  return open.at(-1) ?? fault.offset;
}

/**
 * @param text - the document as it was given to js-yaml
 * @returns the fault with its offset in `text`
 */
export function explainYamlFault(error: YAMLException, text: string, maxDepth: number): SyntaxProblem {
  // the one fault that js-yaml gives no place for
  if ((error.mark as YAMLException['mark'] | undefined) === undefined) {
    const second = [...splitDocuments(text)][1]?.content ?? 0;
    return new SyntaxProblem('there is more than one document, and one is read here', second, 'remove the others');
  }
  let offset = Math.min(error.mark.position, text.length);
  // At the end of the text, point at its last character rather than at the line after it.
  if (offset === text.length) while (offset > 0 && isSpace(text.charCodeAt(offset - 1))) offset -= 1;
  const fault: Fault = { text, offset, maxDepth };
  const conflict = /^(?:<{7}|>{7})(?= )/m.exec(text);
  if (conflict) {
    const hint = 'keep one side, and remove the lines with <<<<<<<, ======= and >>>>>>>';
    return problem(fault, 'this is a conflict of a merge that nobody has resolved', hint, conflict.index);
  }
  for (const [pattern, explanation] of explanations) {
    const match = pattern.exec(error.reason);
    if (match) return explanation(fault, match);
  }
  return quoting(fault, `this is not YAML: ${error.reason}`);
}
