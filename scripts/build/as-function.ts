import { transform } from 'esbuild';
import ts from 'typescript';

/**
 * One of esbuild's ES modules as the text of a function `(exports, require, module)`, as `bin/run.js` wants it: in ASCII and
 * without white space.
 *
 * esbuild could do it, but with a getter for each export and for each copy of it, because a name that an ES module exports may
 * change its value at any time. Ours do not, which is checked here, so imports can be constants: worth 2 ms of a start.
 * @param text an ES module as esbuild bundles it, which imports no file of the bundle that needs this one to start
 * @param minifyNames whether names inside become short as well
 * @throws Error when something may assign to an exported name later
 */
export async function asFunction(text: string, minifyNames: boolean): Promise<string> {
  const { code } = await transform(withoutModuleSyntax(text), {
    target: 'node20',
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    minifyIdentifiers: minifyNames,
  });
  return `function(exports,require,module){${inAscii(code)}}`;
}

/** The same code with `require` and `exports`; see `asFunction`. Imports of Node.js's own modules with `import()` stay. */
function withoutModuleSyntax(text: string): string {
  const file = ts.createSourceFile('chunk.js', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const parts: string[] = [];
  let copied = 0;
  const replace = (node: ts.Node, replacement: string): void => {
    parts.push(text.slice(copied, node.getStart()), replacement);
    copied = node.end;
  };
  const exported = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return replace(node, requireOf(node));
    if (ts.isExportDeclaration(node)) {
      for (const { name, propertyName } of (node.exportClause as ts.NamedExports).elements)
        exported.set(name.text, (propertyName ?? name).text);
      return replace(node, '');
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [what] = node.arguments;
      if (what !== undefined && ts.isStringLiteral(what) && what.text.startsWith('./'))
        return replace(node, `Promise.resolve().then(() => require(${JSON.stringify(what.text)}))`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  assertConstant(file, new Set(exported.values()));
  const properties = [...exported].map(([name, local]) => `${name}: ${local}`).join(', ');
  return `${parts.join('')}${text.slice(copied)}\nObject.assign(exports, { ${properties} });`;
}

/** What an import becomes. Only modules of Node.js are imported whole, or as `default`, which means the same for them. */
function requireOf({ importClause, moduleSpecifier }: ts.ImportDeclaration): string {
  const required = `require(${moduleSpecifier.getText()})`;
  const { name, namedBindings } = importClause ?? {};
  const names: string[] = name ? [name.text] : [];
  if (namedBindings && ts.isNamespaceImport(namedBindings)) names.push(namedBindings.name.text);
  if (namedBindings && ts.isNamedImports(namedBindings) && namedBindings.elements.length > 0)
    names.push(
      `{ ${namedBindings.elements.map((one) => `${(one.propertyName ?? one.name).text}: ${one.name.text}`).join(', ')} }`,
    );
  // esbuild keeps the order in which files run; which of ours runs first makes no difference, if what it exports is not used.
  if (names.length === 0) return '';
  return `const ${names.map((one) => `${one} = ${required}`).join(', ')};`;
}

/**
 * Assignments count anywhere but at the top of the file, which has run before anybody reads what it exports. A variable of an inner
 * function that has an exported name counts too: esbuild gives names that are in use nowhere else.
 */
function assertConstant(file: ts.SourceFile, names: ReadonlySet<string>): void {
  const visit = (node: ts.Node, inFunction: boolean): void => {
    const target =
      ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)
        ? node.left
        : ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)
          ? node.operand
          : undefined;
    if (inFunction && target && ts.isIdentifier(target) && names.has(target.text)) {
      const isChange =
        !ts.isPrefixUnaryExpression(node) ||
        [ts.SyntaxKind.PlusPlusToken, ts.SyntaxKind.MinusMinusToken].includes(node.operator);
      if (isChange)
        throw new Error(`a file of the bundle exports ${target.text}, which is assigned to after the start`);
    }
    ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(child)));
  };
  visit(file, false);
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** The same JavaScript, every other character in a string or a name as its escape. */
export function inAscii(code: string): string {
  return code.replaceAll(/[^\p{ASCII}]/gu, (char) =>
    [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}
