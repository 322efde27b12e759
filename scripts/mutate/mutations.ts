import ts from 'typescript';

/** A small change of a source file that some test should notice. */
export interface Mutation {
  /** Offsets of the code that is replaced. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** What can be tried at one place of the code, and how the place is switched between the original and the others. */
interface Site {
  readonly form: 'expression' | 'statement' | 'element' | 'property';
  readonly mutations: readonly Mutation[];
}

const boundaries = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
]);

const arithmetic = new Map([
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.AsteriskToken, '/'],
  [ts.SyntaxKind.SlashToken, '*'],
  [ts.SyntaxKind.PercentToken, '*'],
  [ts.SyntaxKind.LessThanLessThanToken, '>>'],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, '<<'],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, '<<'],
  [ts.SyntaxKind.AmpersandToken, '|'],
  [ts.SyntaxKind.BarToken, '&'],
]);

const equalities: readonly ts.SyntaxKind[] = [
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
];

const swappedMethods = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
  ['min', 'max'],
  ['max', 'min'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
]);

/** Methods whose call can be left out: what they are called on is of the same type. */
const droppedMethods = new Set([
  ...['trim', 'trimStart', 'trimEnd', 'toLowerCase', 'toUpperCase', 'replace', 'replaceAll', 'normalize'],
  ...['filter', 'slice', 'sort', 'toSorted', 'reverse', 'toReversed', 'concat'],
]);

/** Longer lists are data: only their first and last items are left out. */
const longList = 24;

/**
 * All mutations of a source file: conditions that are always or never true, operands left out, comparisons with another
 * boundary, statements, items, properties and cases left out, other numbers, flags and results.
 */
export function mutationsOf(source: ts.SourceFile): Mutation[] {
  const mutations: Mutation[] = [];
  const visit = (node: ts.Node): void => {
    if (isWithoutCode(node)) return;
    mutations.push(...sitesAt(node, source).flatMap((site) => site.mutations));
    node.forEachChild(visit);
  };
  visit(source);
  return mutations;
}

/**
 * The file with all mutations in it, each asleep until `$mutant(n)` is true for its number, its index in `mutationsOf`. Line
 * numbers stay as they are.
 * @param firstNumber added to each index
 */
export function instrument(source: ts.SourceFile, firstNumber: number): string {
  const text = source.text;
  let next = firstNumber;

  function render(node: ts.Node): string {
    const start = node.getStart(source);
    if (isWithoutCode(node)) return text.slice(start, node.end);
    const sites = sitesAt(node, source).map((site) => ({ site, first: (next += site.mutations.length) }));
    let rendered = renderChildren(node, start);
    for (const { site, first } of sites) {
      site.mutations.forEach(({ replacement }, index) => {
        rendered = switched(site.form, first - site.mutations.length + index, replacement, rendered);
      });
    }
    return rendered;
  }

  function renderChildren(node: ts.Node, start: number): string {
    let rendered = '';
    let at = start;
    node.forEachChild((child) => {
      const childStart = child.getStart(source);
      if (childStart < at) return;
      rendered += text.slice(at, childStart) + render(child);
      at = child.end;
    });
    return rendered + text.slice(at, node.end);
  }

  const start = source.getStart();
  const preamble = 'const $mutant = globalThis.$mutant ?? (() => false); ';
  return preamble + text.slice(0, start).replace(/^#!.*/, '') + render(source) + text.slice(source.endOfFileToken.end);
}

function switched(form: Site['form'], number: number, replacement: string, original: string): string {
  const on = `$mutant(${number})`;
  if (form === 'expression') return `(${on} ? (${replacement}) : (${original}))`;
  if (form === 'statement') return `if (${on}) { ${replacement} } else ${original}`;
  if (form === 'element') return `...(${on} ? [] : [${original}])`;
  return `...(${on} ? {} : {${original}})`;
}

/** Types and imports do nothing at run time; a member of an enumeration must be a constant. */
function isWithoutCode(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isEnumDeclaration(node)
  );
}

function sitesAt(node: ts.Node, source: ts.SourceFile): Site[] {
  const sites: Site[] = [];
  if (ts.isSourceFile(node)) return sites;
  const add = (form: Site['form'], replacements: readonly string[], from = node): void => {
    if (replacements.length === 0) return;
    const [start, end] = [from.getStart(source), from.end];
    const different = [...new Set(replacements)].filter((text) => text !== source.text.slice(start, end));
    sites.push({ form, mutations: different.map((replacement) => ({ start, end, replacement })) });
  };
  if (isMutableExpression(node)) add('expression', expressionsInsteadOf(node, source));
  if (isDroppedStatement(node)) add('statement', ['']);
  if (isDroppedElement(node)) add('element', ['']);
  if (isDroppedProperty(node)) add('property', ['']);
  return sites;
}

/** Can the node stand in parentheses? */
function isMutableExpression(node: ts.Node): node is ts.Expression {
  const { parent } = node;
  if (!ts.isExpression(node) || ts.isOmittedExpression(node)) return false;
  if (ts.isCaseClause(parent)) return parent.expression === node;
  if (ts.isStringLiteral(node) && !ts.isCallExpression(parent)) return false;
  // a name is no expression, nor is what is assigned to
  if ('name' in parent && parent.name === node) return false;
  if (isAssigned(node)) return false;
  if (ts.isIdentifier(node) && !isCondition(node)) return false;
  if (ts.isSpreadElement(node) || ts.isExpressionStatement(parent) || ts.isForStatement(parent)) {
    return ts.isForStatement(parent) && parent.condition === node;
  }
  // in parentheses, `a?.b` would not leave out what comes after it, and a method would lose its object
  if (ts.isNonNullExpression(parent)) return !ts.isOptionalChain(node);
  const isLink = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
  if (ts.isCallExpression(parent) && parent.expression === node) return false;
  return !(isLink && parent.expression === node && (ts.isOptionalChain(parent) || ts.isOptionalChain(node)));
}

function isAssigned(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.left === node) {
    const { kind } = parent.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  if (ts.isArrayLiteralExpression(parent) || ts.isPropertyAssignment(parent) || ts.isObjectLiteralExpression(parent)) {
    return isAssigned(parent);
  }
  return (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.initializer === node;
}

function expressionsInsteadOf(node: ts.Expression, source: ts.SourceFile): string[] {
  const textOf = (inner: ts.Node): string => inner.getText(source);
  // no value is equal to a new symbol
  if (ts.isCaseClause(node.parent)) return ['Symbol()'];
  const found: string[] = [];
  if (isCondition(node)) found.push(...(isLoopCondition(node) ? ['false'] : ['true', 'false']));
  else if (isBoolean(node) && !isOperand(node)) found.push('true', 'false');
  if (ts.isBinaryExpression(node)) found.push(...otherOperations(node, textOf));
  else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator, operand } = node;
    if (operator === ts.SyntaxKind.MinusToken) found.push(textOf(operand));
    if (operator === ts.SyntaxKind.PlusPlusToken) found.push(textOf(node).replace('++', '--'));
    if (operator === ts.SyntaxKind.MinusMinusToken) found.push(textOf(node).replace('--', '++'));
  } else if (ts.isNumericLiteral(node)) found.push(...otherNumbers(node));
  else if (ts.isBigIntLiteral(node)) found.push(`${textOf(node)} + 1n`);
  else if (node.kind === ts.SyntaxKind.TrueKeyword && !isCondition(node)) found.push('false');
  else if (node.kind === ts.SyntaxKind.FalseKeyword && !isCondition(node)) found.push('true');
  else if (ts.isStringLiteral(node)) found.push(...otherArgument(node));
  else if (ts.isRegularExpressionLiteral(node)) found.push(...otherPatterns(node.text));
  else if (ts.isCallExpression(node)) found.push(...otherCalls(node, textOf));
  if (isResult(node)) found.push('undefined');
  return found;
}

function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  if (ts.isIfStatement(parent)) return parent.expression === node;
  return isLoopCondition(node);
}

function isLoopCondition(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isWhileStatement(parent) || ts.isDoStatement(parent)) return parent.expression === node;
  return ts.isForStatement(parent) && parent.condition === node;
}

/** `&&`, `||` and `!` around the node are mutated themselves. */
function isOperand({ parent }: ts.Node): boolean {
  if (ts.isParenthesizedExpression(parent)) return isOperand(parent) || isCondition(parent);
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  return isLogical(kind) || kind === ts.SyntaxKind.QuestionQuestionToken;
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;
}

function isBoolean(node: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken;
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return boundaries.has(kind) || equalities.includes(kind) || isLogical(kind);
}

function otherOperations(node: ts.BinaryExpression, textOf: (node: ts.Node) => string): string[] {
  const { left, operatorToken, right } = node;
  const [one, other] = [textOf(left), textOf(right)];
  if (isLogical(operatorToken.kind)) return [one, other];
  if (operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return [one];
  const isText = [left, right].some((side) => ts.isStringLiteral(side) || ts.isTemplateLiteral(side));
  const operator = boundaries.get(operatorToken.kind) ?? (isText ? undefined : arithmetic.get(operatorToken.kind));
  return operator === undefined ? [] : [`${one} ${operator} ${other}`];
}

/** Limits are tried from both sides. */
function otherNumbers(node: ts.NumericLiteral): string[] {
  const number = Number(node.text);
  const isLimit = ts.isVariableDeclaration(node.parent) && ts.isSourceFile(node.parent.parent.parent.parent);
  return isLimit && number > 1 ? [String(number - 1), String(number + 1)] : [String(number + 1)];
}

function otherArgument(node: ts.StringLiteral): string[] {
  const { parent } = node;
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return [];
  const isSought = ['startsWith', 'endsWith', 'includes', 'indexOf', 'lastIndexOf', 'has', 'get', 'split', 'join'];
  return node.text !== '' && isSought.includes(parent.expression.name.text) ? ["''"] : [];
}

function otherPatterns(literal: string): string[] {
  const end = literal.lastIndexOf('/');
  const [pattern, flags] = [literal.slice(1, end), literal.slice(end + 1)];
  const found: string[] = [];
  if (pattern.startsWith('^')) found.push(`/${pattern.slice(1) || '(?:)'}/${flags}`);
  if (/(^|[^\\])\$$/.test(pattern)) found.push(`/${pattern.slice(0, -1) || '(?:)'}/${flags}`);
  if (flags.includes('i')) found.push(`/${pattern}/${flags.replace('i', '')}`);
  return found;
}

function otherCalls(node: ts.CallExpression, textOf: (node: ts.Node) => string): string[] {
  const { expression } = node;
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const { name } = expression;
  const whole = textOf(node);
  const swapped = swappedMethods.get(name.text);
  if (swapped !== undefined) {
    const offset = name.getStart() - node.getStart();
    return [whole.slice(0, offset) + swapped + whole.slice(offset + name.text.length)];
  }
  return droppedMethods.has(name.text) ? [textOf(expression.expression)] : [];
}

/** What a function returns, where nothing else of it is mutated. */
function isResult(node: ts.Expression): boolean {
  const { parent } = node;
  const isReturned = ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node);
  return (
    isReturned &&
    (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
  );
}

function isDroppedStatement(node: ts.Node): boolean {
  if (ts.isBreakStatement(node)) return ts.isCaseClause(node.parent);
  if (!ts.isExpressionStatement(node) || ts.isStringLiteral(node.expression)) return false;
  const { expression } = node;
  return !(ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword);
}

function isDroppedElement(node: ts.Node): boolean {
  const { parent } = node;
  if (!ts.isArrayLiteralExpression(parent) || isAssigned(parent)) return false;
  // a pair of a map's entries, or of values taken apart at once, is no list
  if (isTuple(parent)) return false;
  const { elements } = parent;
  return elements.length <= longList || node === elements[0] || node === elements.at(-1);
}

function isTuple(list: ts.ArrayLiteralExpression): boolean {
  const { parent } = list;
  if (ts.isVariableDeclaration(parent)) return ts.isArrayBindingPattern(parent.name);
  if (ts.isArrayLiteralExpression(parent)) return list.elements.length === 2;
  return ts.isReturnStatement(parent) || ts.isArrowFunction(parent) ? list.elements.length === 2 : false;
}

function isDroppedProperty(node: ts.Node): boolean {
  if (!ts.isPropertyAssignment(node) && !ts.isShorthandPropertyAssignment(node) && !ts.isSpreadAssignment(node)) {
    return false;
  }
  return !isAssigned(node.parent) && node.parent.properties.length <= longList;
}
