import { isSpace, isLineBreak, skipSpace } from '../text/space.js';

/** One document of a YAML stream, as offsets in the text. */
export interface DocumentRange {
  /** Where the parser starts: directives and the `---` line included. */
  readonly start: number;
  readonly end: number;
  /** First character of content; equal to `end` in an empty document. */
  readonly content: number;
  /** YAML that kubectl does not read, or reads differently. */
  readonly oddity?: 'content-after-separator' | 'directive' | 'content-after-end';
}

interface Marker {
  readonly at: number;
  readonly kind: '---' | '...' | 'end';
}

function* markers(text: string): Generator<Marker> {
  const pattern = /(?:^|\r\n?|\n)(---|\.\.\.)(?=[ \t\r\n]|$)/g;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    yield { at: pattern.lastIndex - 3, kind: match[1] as '---' | '...' };
  }
  yield { at: text.length, kind: 'end' };
}

function isDirective(text: string, start: number, content: number): boolean {
  return text.charCodeAt(content) === 37 /* % */ && (content === start || isLineBreak(text.charCodeAt(content - 1)));
}

function startsOnLineOf(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (!isSpace(text.charCodeAt(i)) || isLineBreak(text.charCodeAt(i))) return false;
  return true;
}

/**
 * Cuts a YAML stream at its `---` and `...` lines, so that each document can be parsed, and fail, on its own.
 * Such a line separates documents wherever it stands, quoted and block scalars included (YAML 1.2 §9.1.2).
 * Documents without content are left out.
 */
export function* splitDocuments(text: string): Generator<DocumentRange> {
  let start = 0;
  let opened = false;
  let directive = false;
  let afterEnd = false;
  for (const marker of markers(text)) {
    const body = opened && !directive ? start + 3 : start;
    let content = skipSpace(text, body, marker.at);
    if (!opened && content < marker.at && marker.kind === '---' && isDirective(text, body, content)) {
      directive = true;
      opened = true;
      continue;
    }
    if (directive) content = skipSpace(text, separatorEnd(text, start, marker.at), marker.at);
    if (content < marker.at) {
      const oddity = directive
        ? 'directive'
        : afterEnd
          ? 'content-after-end'
          : opened && startsOnLineOf(text, body, content)
            ? 'content-after-separator'
            : undefined;
      yield { start, end: marker.at, content, ...(oddity && { oddity }) };
    }
    opened = marker.kind === '---';
    afterEnd = marker.kind === '...';
    directive = false;
    start = afterEnd ? marker.at + 3 : marker.at;
  }
}

/** The end of the `---` that follows the directives at `start`. */
function separatorEnd(text: string, start: number, end: number): number {
  const pattern = /[\r\n]---(?=[ \t\r\n]|$)/g;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  return match && match.index < end ? match.index + 4 : start;
}
