import ts from 'typescript';

import type { Mutation } from './mutations.js';

/** A mutation as people see it, and as `test/mutants.md` names it. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The functions, classes and constants around it, from the outside. */
  readonly within: string;
  /** Lines of a diff: those with `-`, then those with `+`. */
  readonly diff: readonly string[];
}

const mostLines = 6;

export function describe(source: ts.SourceFile, file: string, { start, end, replacement }: Mutation): Mutant {
  const { text } = source;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const nextBreak = text.indexOf('\n', end);
  const lineEnd = nextBreak < 0 ? text.length : nextBreak;
  const removed = text.slice(lineStart, lineEnd);
  let after = text.slice(end, lineEnd);
  let before = text.slice(lineStart, start);
  if (replacement === '') {
    // an item goes with its comma, a statement with its semicolon
    if (/^\s*,/.test(after)) after = after.replace(/^\s*,\s?/, '');
    else before = before.replace(/,\s*$/, '');
  }
  const added = before + replacement + after;
  const line = source.getLineAndCharacterOfPosition(start).line + 1;
  const diff = [...marked('-', removed), ...(added.trim() === '' ? [] : marked('+', added))];
  return { file, line, within: within(source, start), diff };
}

function marked(mark: string, text: string): string[] {
  const lines = text.split('\n').map((line) => `${mark} ${line.trim()}`.trim());
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 2), `${mark} …`, lines.at(-1)!];
}

/** The same mutation of the same code, wherever the code is moved to within its function. */
export function keyOf({ file, within: place, diff }: Mutant): string {
  return [file, place, ...diff].join('\n');
}

function within(source: ts.SourceFile, offset: number): string {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (offset < node.getStart(source) || offset >= node.end) return;
    const isNamed =
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isMethodDeclaration(node) ||
      ts.isAccessor(node) ||
      (ts.isVariableDeclaration(node) && (names.length === 0 || hasFunction(node)));
    if (isNamed && node.name && ts.isIdentifier(node.name)) names.push(node.name.text);
    if (ts.isConstructorDeclaration(node)) names.push('constructor');
    node.forEachChild(visit);
  };
  visit(source);
  return names.join('.') || 'top level';
}

function hasFunction({ initializer }: ts.VariableDeclaration): boolean {
  return initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
}
