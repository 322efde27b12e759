import { SyntaxProblem } from '../errors.js';

/** How many more values aliases may add; shared by the documents of one input. */
export interface AliasBudget {
  left: number;
  readonly limit: number;
}

export function aliasBudget(limit: number): AliasBudget {
  return { left: limit, limit };
}

type Collection = unknown[] | Record<string, unknown>;

function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null;
}

/**
 * js-yaml makes an alias the very object that its anchor made. This gives each alias its own copy, so that whoever walks
 * or edits the result meets a tree, and bounds the copies: nine lines of YAML can otherwise stand for billions of values.
 *
 * @throws SyntaxProblem when an anchor contains itself, the copies nest too deep, or the budget is spent
 */
export function expandAliases(value: unknown, budget: AliasBudget, maxDepth: number, text: string): unknown {
  const open = new Set<Collection>();
  const seen = new Set<Collection>();

  const visit = (node: Collection, copied: boolean): Collection => {
    if (open.has(node)) {
      throw new SyntaxProblem(
        'an alias stands inside the value that it repeats, so the value has no end',
        firstAlias(text),
        'write the value out instead of using the alias',
      );
    }
    if (open.size >= maxDepth) {
      throw new SyntaxProblem(
        `the aliases of this document make values nested deeper than ${maxDepth} levels`,
        firstAlias(text),
        'write the values out',
      );
    }
    const copy = copied || seen.has(node);
    if (copy && (budget.left -= Array.isArray(node) ? node.length + 1 : Object.keys(node).length + 1) < 0) {
      throw new SyntaxProblem(
        `the aliases of this document expand to more than ${budget.limit} values`,
        firstAlias(text),
        'write the values out, or use fewer aliases inside values that have aliases themselves',
      );
    }
    seen.add(node);
    open.add(node);
    const result = Array.isArray(node) ? visitList(node, copy) : visitMap(node, copy);
    open.delete(node);
    return result;
  };

  const visitList = (list: unknown[], copy: boolean): unknown[] => {
    const target = copy ? new Array<unknown>(list.length) : list;
    list.forEach((item, index) => {
      target[index] = isCollection(item) ? visit(item, copy) : item;
    });
    return target;
  };

  const visitMap = (map: Record<string, unknown>, copy: boolean): Record<string, unknown> => {
    const target: Record<string, unknown> = copy ? {} : map;
    for (const key of Object.keys(map)) {
      const item = map[key];
      const next = isCollection(item) ? visit(item, copy) : item;
      if (copy || next !== item) setField(target, key, next);
    }
    return target;
  };

  return isCollection(value) ? visit(value, false) : value;
}

/** Assignment that makes `__proto__` a field like any other. */
function setField(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

function firstAlias(text: string): number {
  const match = /(?:^|[\s,[{:])\*[^\s,[\]{}]/.exec(text);
  return match ? match.index + match[0].length - 2 : 0;
}
