import type { SourceLocation } from '../errors.js';
import { readJson } from './json/documents.js';
import { jsonPositions } from './json/positions.js';
import type { Limits } from './limits.js';
import { findPosition, type FoundPosition, type PositionNode, type RepeatedKey } from './positions.js';
import { isLineBreak } from './text/space.js';
import type { SourceText } from './text/lines.js';
import type { FieldPath } from './types.js';
import { SyntaxProblem } from './errors.js';
import type { AliasBudget } from './yaml/aliases.js';
import { loadYaml } from './yaml/load.js';
import { yamlPositions } from './yaml/positions.js';
import { splitDocuments, type DocumentRange } from './yaml/split.js';

/** One document of a text, kept as its place: 10,000 of them cost little, and positions are looked up again when asked for. */
export interface SourceDocument {
  readonly source: SourceText;
  readonly format: 'yaml' | 'json';
  /** Of the parser's input: directives and `---` included. */
  readonly start: number;
  readonly end: number;
  /** First character of the value. */
  readonly content: number;
}

export interface ReadDocument {
  readonly document: SourceDocument;
  readonly value: unknown;
}

/** Called for each document of a text in order; a document that cannot be read is told to `onProblem` and the next one follows. */
export interface DocumentHandler {
  onDocument(read: ReadDocument): void;
  /** `offset` counts from the start of the text. */
  onProblem(problem: SyntaxProblem, offset: number): void;
  /** `offset` as for problems. */
  onRepeatedKey(name: string, offset: number): void;
  onOddity(oddity: NonNullable<DocumentRange['oddity']>, offset: number): void;
}

export function readDocuments(
  source: SourceText,
  limits: Limits,
  aliases: AliasBudget,
  handler: DocumentHandler,
): void {
  for (const range of splitDocuments(source.text)) {
    if (range.oddity) handler.onOddity(range.oddity, range.content);
    readRange(source, range, limits, aliases, handler);
  }
}

function readRange(
  source: SourceText,
  range: DocumentRange,
  limits: Limits,
  aliases: AliasBudget,
  handler: DocumentHandler,
): void {
  const { text } = source;
  const { start, end, content } = range;
  let base = 0;
  try {
    const onRepeatedKey = ({ name, again }: RepeatedKey): void => handler.onRepeatedKey(name, base + again);
    const first = text.charCodeAt(content);
    const json =
      first === 123 || first === 91 ? readJson(text, content, end, limits.maxDepth, onRepeatedKey) : undefined;
    if (json) {
      for (const { value, ...place } of json) {
        handler.onDocument({ document: { source, format: 'json', ...place, content: place.start }, value });
      }
      return;
    }
    base = start;
    const value = loadYaml(text.slice(start, end), { maxDepth: limits.maxDepth, aliases, onRepeatedKey });
    if (value !== null && value !== undefined) {
      handler.onDocument({ document: { source, format: 'yaml', start, end, content }, value });
    }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    handler.onProblem(error, base + error.offset);
  }
}

/** The positions of one document, and of the objects of its lists that were asked for last. */
interface CachedPositions {
  readonly root: PositionNode;
  readonly unfolded: Map<PositionNode, PositionNode>;
}

const maxCachedCharacters = 1_000_000;
const maxUnfolded = 256;

/** Position trees of the documents asked for last; a tree is about twenty times the size of its text. */
export class PositionCache {
  readonly #documents = new Map<SourceDocument, CachedPositions>();
  #characters = 0;

  constructor(private readonly maxDepth: number) {}

  /** Where a field stands, or the nearest part of its path that is in the text; offsets count from the start of the text. */
  find(document: SourceDocument, path: FieldPath): FoundPosition {
    const { root, unfolded } = this.#positions(document);
    return findPosition(root, path, (node) => {
      const known = unfolded.get(node);
      if (known) return known;
      if (unfolded.size >= maxUnfolded) unfolded.clear();
      const read = this.#unfold(document, node);
      unfolded.set(node, read);
      return read;
    });
  }

  locate(document: SourceDocument, path: FieldPath): SourceLocation {
    // The start of a document needs no tree.
    if (path.length === 0) return document.source.locate(document.content);
    return document.source.locate(this.find(document, path).offset);
  }

  /** The text of the value at a path, when it is a scalar in the text. */
  scalarText(document: SourceDocument, path: FieldPath): string | undefined {
    const { node, exact } = this.find(document, path);
    if (!exact || node.fields || node.items || node.alias) return undefined;
    return document.source.text.slice(node.start, node.end).trim();
  }

  #positions(document: SourceDocument): CachedPositions {
    const known = this.#documents.get(document);
    if (known) return known;
    const made: CachedPositions = { root: this.#read(document), unfolded: new Map() };
    this.#characters += document.end - document.start;
    this.#documents.set(document, made);
    for (const old of this.#documents.keys()) {
      if (old === document || this.#characters <= maxCachedCharacters) break;
      this.#documents.delete(old);
      this.#characters -= old.end - old.start;
    }
    return made;
  }

  #read({ format, source, start, end }: SourceDocument): PositionNode {
    if (format === 'json') return jsonPositions(source.text, start, true).root;
    const text = source.text.slice(start, end);
    // An object that refers to an anchor outside of it could not be read by itself.
    const fold = !text.includes('&');
    return shift(yamlPositions(text, this.maxDepth, fold).root, start);
  }

  /** Reads the text of one object by itself, in the column where it stands. */
  #unfold(document: SourceDocument, node: PositionNode): PositionNode {
    const { text } = document.source;
    if (document.format === 'json') return jsonPositions(text, node.start).root;
    let lineStart = node.start;
    while (lineStart > 0 && !isLineBreak(text.charCodeAt(lineStart - 1))) lineStart -= 1;
    const alone = ' '.repeat(node.start - lineStart) + text.slice(node.start, node.end);
    return shift(yamlPositions(alone, this.maxDepth).root, lineStart);
  }
}

/** Calls for each node of a tree once, also those that aliases share. */
function forEachNode(root: PositionNode, visit: (node: PositionNode) => void): void {
  const seen = new Set<PositionNode>();
  const pending = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    visit(node);
    for (const { value } of node.fields?.values() ?? []) pending.push(value);
    for (const item of node.items ?? []) pending.push(item);
    for (const source of node.merged ?? []) pending.push(source);
    if (node.alias) pending.push(node.alias);
  }
}

/** Moves a tree by an offset, in place. */
function shift(root: PositionNode, by: number): PositionNode {
  if (by === 0) return root;
  forEachNode(root, (node) => {
    node.start += by;
    node.end += by;
    for (const field of node.fields?.values() ?? []) field.key += by;
  });
  return root;
}
