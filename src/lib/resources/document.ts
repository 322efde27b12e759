import { readJson } from './json/documents.js';
import { jsonPositions } from './json/positions.js';
import type { Limits } from './limits.js';
import { findPosition, type FoundPosition, type PositionNode } from './positions.js';
import type { SourceText } from './text/lines.js';
import type { FieldPath, SourceLocation } from './types.js';
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
    const first = text.charCodeAt(content);
    const json = first === 123 || first === 91 ? readJson(text, content, end, limits.maxDepth) : undefined;
    if (json) {
      for (const { value, ...place } of json) {
        handler.onDocument({ document: { source, format: 'json', ...place, content: place.start }, value });
      }
      return;
    }
    base = start;
    const value = loadYaml(text.slice(start, end), { maxDepth: limits.maxDepth, aliases });
    if (value !== null && value !== undefined) {
      handler.onDocument({ document: { source, format: 'yaml', start, end, content }, value });
    }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    handler.onProblem(error, base + error.offset);
  }
}

/** Position trees of the documents asked for last; a tree is about twenty times the size of its text. */
export class PositionCache {
  readonly #roots = new Map<SourceDocument, PositionNode>();
  #characters = 0;

  constructor(private readonly maxDepth: number) {}

  /** Where a field stands, or the nearest part of its path that is in the text. `offset` counts from the start of the text. */
  find(document: SourceDocument, path: FieldPath): FoundPosition {
    const found = findPosition(this.#root(document), path);
    return { ...found, offset: found.offset + this.#base(document) };
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
    const base = this.#base(document);
    return document.source.text.slice(base + node.start, base + node.end).trim();
  }

  #base(document: SourceDocument): number {
    return document.format === 'yaml' ? document.start : 0;
  }

  #root(document: SourceDocument): PositionNode {
    const known = this.#roots.get(document);
    if (known) return known;
    const { source, start, end } = document;
    const { root } =
      document.format === 'json'
        ? jsonPositions(source.text, start)
        : yamlPositions(source.text.slice(start, end), this.maxDepth);
    this.#characters += end - start;
    this.#roots.set(document, root);
    for (const old of this.#roots.keys()) {
      if (old === document || this.#characters <= maxCachedCharacters) break;
      this.#roots.delete(old);
      this.#characters -= old.end - old.start;
    }
    return root;
  }
}

const maxCachedCharacters = 1_000_000;
