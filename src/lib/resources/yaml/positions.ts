import { load, type EventType, type State } from 'js-yaml';
import {
  foldObject,
  type FieldPosition,
  type PositionNode,
  type PositionTree,
  type RepeatedKey,
} from '../positions.js';
import { isSpace, skipSpace } from '../text/space.js';
import { kubectlSchema, type YamlOptions } from './types.js';

/**
 * Positions from js-yaml's own events. It announces when it starts to look for a node and when it has one, also for
 * attempts that it gives up and for each key; this sorts out which event belongs to which value.
 */

interface Frame {
  readonly opened: number;
  readonly children: Child[];
}

interface Child {
  readonly node: PositionNode;
  readonly kind: string | null;
  readonly result: unknown;
}

const colon = 58;
const dash = 45;
const asterisk = 42;
const ampersand = 38;
const exclamation = 33;

/** The reader's state as its listener sees it; `text` is the document. */
class PositionReader {
  readonly stack: Frame[] = [];
  readonly repeated: RepeatedKey[] = [];
  collectionKey: number | undefined;
  readonly #anchored = new Map<unknown, PositionNode>();
  last: Child | undefined;

  constructor(
    readonly text: string,
    readonly fold: boolean,
  ) {}

  open(position: number): void {
    this.stack.push({ opened: position, children: [] });
  }

  close(position: number, kind: string | null, result: unknown): void {
    const frame = this.stack.pop();
    if (!frame) return;
    const start = skipSpace(this.text, frame.opened, position);
    const child = this.#finish(frame, start, Math.max(position, start), kind, result);
    this.last = child;
    this.stack.at(-1)?.children.push(child);
  }

  #finish(frame: Frame, start: number, end: number, kind: string | null, result: unknown): Child {
    const [only] = frame.children;
    // An attempt at a map that turned out to be the value itself: keep the inner node.
    if (frame.children.length === 1 && only && only.kind === kind && only.result === result && kind !== 'scalar') {
      return only;
    }
    const node: PositionNode = { start, end };
    if (kind === 'mapping') this.#fillMap(node, frame.children);
    else if (kind === 'sequence') this.#fillList(node, frame.children, (result as unknown[]).length);
    else if (kind === null && this.text.charCodeAt(start) === asterisk) {
      const target = this.#anchored.get(result);
      if (target) node.alias = target;
    }
    if (kind !== null && typeof result === 'object' && result !== null) this.#anchored.set(result, node);
    return { node, kind, result };
  }

  /** A value is never followed by a colon, a key always is, except one without a value. */
  #isKey(child: Child): boolean {
    const at = skipSpace(this.text, child.node.end, this.text.length);
    if (this.text.charCodeAt(at) !== colon) return false;
    const next = this.text.charCodeAt(at + 1);
    return Number.isNaN(next) || isSpace(next) || this.#inFlow(child);
  }

  /** `{"a":1}` and `{a:}` are keys though no space follows; `:x` after a block value starts the next key. */
  #inFlow(child: Child): boolean {
    const at = skipSpace(this.text, child.node.end, this.text.length);
    return at === child.node.end || !/[\r\n]/.test(this.text.slice(child.node.end, at));
  }

  #fillMap(node: PositionNode, children: readonly Child[]): void {
    const fields = new Map<string, FieldPosition>();
    node.fields = fields;
    for (let i = 0; i < children.length; i += 1) {
      const key = children[i] as Child;
      const hasValue = this.#isKey(key);
      // The last attempt at a key finds nothing where the map ends.
      if (!hasValue && key.node.start === key.node.end) continue;
      const value = hasValue ? children[i + 1]?.node : undefined;
      if (hasValue) i += 1;
      this.#addField(node, fields, key, value ?? { start: key.node.end, end: key.node.end });
    }
  }

  #addField(node: PositionNode, fields: Map<string, FieldPosition>, key: Child, value: PositionNode): void {
    const name = this.#nameOf(key);
    if (name === '<<' && key.node.end - key.node.start === 2) {
      node.merged = [...(node.merged ?? []), ...(value.items ?? [value])];
      return;
    }
    const first = fields.get(name);
    if (first) this.repeated.push({ name, first: first.key, again: key.node.start });
    fields.set(name, { key: key.node.start, value });
  }

  /** A list or a map is no name; not every one can be made into text (`{toString: a}`). */
  #nameOf({ node, result }: Child): string {
    if (typeof result !== 'object' || result === null) return String(result);
    this.collectionKey ??= node.start;
    return '';
  }

  #fillList(node: PositionNode, children: readonly Child[], length: number): void {
    const items: PositionNode[] = [];
    node.items = items;
    let from = this.#skipProperties(node.start, node.end);
    const block = this.text.charCodeAt(from) === dash;
    for (let i = 0; i < children.length && items.length < length; i += 1) {
      const child = children[i] as Child;
      if (block) {
        this.#addEmptyItems(items, from, child.node.start);
        items.push(child.node);
      } else if (this.#isKey(child)) {
        i += 1;
        items.push(this.#pair(child, children[i]?.node ?? child.node));
      } else {
        items.push(child.node);
      }
      from = child.node.end;
    }
    while (items.length < length) items.push({ start: from, end: from });
    if (this.fold) items.forEach(foldObject);
  }

  /** `[a: b]` is a list of one map. */
  #pair(key: Child, value: PositionNode): PositionNode {
    const fields = new Map([[this.#nameOf(key), { key: key.node.start, value }]]);
    return { start: key.node.start, end: value.end, fields };
  }

  /** An item without a value makes no event: only its dash tells of it. */
  #addEmptyItems(items: PositionNode[], from: number, to: number): void {
    let dashAt = -1;
    for (let at = skipSpace(this.text, from, to); at < to; at = skipSpace(this.text, at + 1, to)) {
      if (this.text.charCodeAt(at) !== dash) break;
      if (dashAt !== -1) items.push({ start: dashAt, end: dashAt + 1 });
      dashAt = at;
    }
  }

  /** Past the anchor and the tag. */
  #skipProperties(start: number, end: number): number {
    let at = start;
    while (at < end && (this.text.charCodeAt(at) === ampersand || this.text.charCodeAt(at) === exclamation)) {
      while (at < end && !isSpace(this.text.charCodeAt(at))) at += 1;
      at = skipSpace(this.text, at, end);
    }
    return at;
  }
}

function listen(text: string, maxDepth: number, reader: PositionReader): void {
  const options: YamlOptions = {
    schema: kubectlSchema,
    maxDepth,
    // Lets a key be defined twice, so that an error can name both places.
    json: true,
    listener(event: EventType, state: State) {
      if (event === 'open') reader.open(state.position);
      else reader.close(state.position, state.kind, state.result);
    },
  };
  load(text, options);
}

/** The positions of a YAML document, and what only its text shows. */
export interface YamlPositions extends PositionTree {
  /** The first key that is a list or a map, which JSON does not have. */
  readonly collectionKey: number | undefined;
}

/**
 * The positions of one YAML document.
 *
 * @param text - as given to the parser, directives and `---` included
 * @param fold - leave out the fields of the objects of lists
 * @throws YAMLException when it does not load for another reason than a key that repeats
 */
export function yamlPositions(text: string, maxDepth: number, fold = false): YamlPositions {
  const reader = new PositionReader(text, fold);
  listen(text, maxDepth, reader);
  const root = reader.last?.node ?? { start: 0, end: 0 };
  return { root, repeated: reader.repeated, collectionKey: reader.collectionKey };
}

/** Where the values start that were being read when the parser gave up, outermost first; empty when it does not give up. */
export function openValues(text: string, maxDepth: number): readonly number[] {
  const reader = new PositionReader(text, false);
  try {
    listen(text, maxDepth, reader);
  } catch {
    return reader.stack.map((frame) => skipSpace(text, frame.opened, text.length));
  }
  return [];
}
