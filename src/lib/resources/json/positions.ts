import {
  foldObject,
  type FieldPosition,
  type PositionNode,
  type PositionTree,
  type RepeatedKey,
} from '../positions.js';
import { isSpace } from '../text/space.js';

/**
 * The positions of one JSON value that parses.
 *
 * @param start - offset of its first character; the offsets of the result count from the start of `text`
 * @param fold - leave out the fields of the objects of lists
 */
export function jsonPositions(text: string, start: number, fold = false): PositionTree {
  const repeated: RepeatedKey[] = [];
  let at = start;

  const skip = (): void => {
    while (isSpace(text.charCodeAt(at))) at += 1;
  };

  const skipString = (): void => {
    at += 1;
    while (text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
    at += 1;
  };

  const readObject = (node: PositionNode): void => {
    const fields = new Map<string, FieldPosition>();
    node.fields = fields;
    at += 1;
    for (skip(); text.charCodeAt(at) !== 125; skip()) {
      const key = at;
      skipString();
      const name = JSON.parse(text.slice(key, at)) as string;
      skip();
      at += 1;
      const first = fields.get(name);
      if (first) repeated.push({ name, first: first.key, again: key });
      fields.set(name, { key, value: read() });
      skip();
      if (text.charCodeAt(at) === 44) at += 1;
    }
    at += 1;
  };

  const readList = (node: PositionNode): void => {
    const items: PositionNode[] = [];
    node.items = items;
    at += 1;
    for (skip(); text.charCodeAt(at) !== 93; skip()) {
      const item = read();
      if (fold) foldObject(item);
      items.push(item);
      skip();
      if (text.charCodeAt(at) === 44) at += 1;
    }
    at += 1;
  };

  const read = (): PositionNode => {
    skip();
    const node: PositionNode = { start: at, end: at };
    const c = text.charCodeAt(at);
    if (c === 123) readObject(node);
    else if (c === 91) readList(node);
    else if (c === 34) skipString();
    else while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at += 1;
    node.end = at;
    return node;
  };

  return { root: read(), repeated };
}
