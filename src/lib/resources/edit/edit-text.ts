import { pathText } from '../../text/field-path.js';
import type { FieldPath } from '../types.js';
import { valueAt } from '../../text/plain-data.js';
import { applyEdits, type FieldEdit } from './fields.js';
import { editList } from './lists.js';
import { editMap } from './maps.js';
import type { Style } from './render.js';
import { hasSpacedBraces, quoteAt, styleOf, type DocumentStyle } from './style.js';
import type { TextEdit } from './text.js';
import {
  fieldOf,
  isAlias,
  isCollection,
  isMap,
  isReferredTo,
  isSeq,
  sharedAnchors,
  startOf,
  walk,
  type Node,
  type ParsedDocument,
  type YAMLMap,
  type YAMLSeq,
} from './tree.js';
import { replaceField, replaceInline } from './values.js';

/** An object in a document. */
export interface ObjectNode {
  readonly node: YAMLMap;
  /** The nodes around it, the document's root first. */
  readonly around: readonly Node[];
}

/** Why an object cannot be changed in its text; `offset` is where. */
export class Unchangeable extends Error {
  constructor(
    message: string,
    readonly offset: number,
    readonly hint: string,
  ) {
    super(message);
  }
}

/**
 * The changes of a document's text that make the given changes of one of its objects, and no others: what is not touched
 * keeps its every byte. A field that comes from an alias or a merge is written out.
 * @param before the object as it was read
 * @throws Unchangeable
 */
export function textEditsFor(
  parsed: ParsedDocument,
  object: ObjectNode,
  before: unknown,
  edits: readonly FieldEdit[],
): TextEdit[] {
  const editor = new ObjectEditor(parsed, object, before);
  for (const edit of edits) editor.add(edit, edits);
  return editor.textEdits();
}

interface Lists {
  removed: Set<number>;
  inserted: Map<number, readonly unknown[]>;
}

interface Maps {
  removed: Set<string>;
  added: Map<string, unknown>;
}

class ObjectEditor {
  private readonly lists = new Map<YAMLSeq, Lists>();
  private readonly maps = new Map<YAMLMap, Maps>();
  private readonly replaced = new Map<string, { readonly path: FieldPath; readonly value: unknown }>();
  private readonly shared: ReadonlyMap<Node, string>;
  private readonly style: DocumentStyle;

  constructor(
    private readonly parsed: ParsedDocument,
    private readonly object: ObjectNode,
    private readonly before: unknown,
  ) {
    this.shared = sharedAnchors(parsed);
    this.style = styleOf(parsed.text, parsed.document.contents!, object.node);
  }

  add(edit: FieldEdit, all: readonly FieldEdit[]): void {
    const { path } = edit;
    // where an alias or a merge is in the way, or an empty collection, what it stands for is written out, with all its changes
    const parent = edit.op === 'insert' ? path : path.slice(0, -1);
    const { nodes, depth } = walk(this.object.node, parent);
    const last = nodes.at(-1)!;
    if (isAlias(last) || (isCollection(last) && last.items.length === 0))
      return this.writeOut(path.slice(0, depth), all);
    if (depth < parent.length) return this.writeOut(path.slice(0, depth + 1), all);
    this.refuseShared(nodes);
    if (edit.op === 'insert') {
      this.listChange(last, path).inserted.set(edit.index, edit.values);
      return;
    }
    const step = path.at(-1)!;
    const own = walk(this.object.node, path);
    const node = own.depth === path.length ? own.nodes.at(-1)! : undefined;
    if (node) this.refuseReferences(node);
    if (edit.op === 'remove') this.remove(last, path, step);
    else if (node || fieldOf(this.mapAt(last, path), String(step))) {
      this.replaced.set(JSON.stringify(path), { path, value: edit.value });
    } else this.mapChange(last, path).added.set(String(step), edit.value);
  }

  private remove(parent: Node, path: FieldPath, step: string | number): void {
    if (typeof step === 'number') {
      this.listChange(parent, path).removed.add(step);
      return;
    }
    if (!fieldOf(this.mapAt(parent, path), step)) {
      throw new Unchangeable(`${pathText(path)} comes from a merge (<<)`, startOf(parent), 'write its fields out');
    }
    this.mapChange(parent, path).removed.add(step);
  }

  private writeOut(path: FieldPath, all: readonly FieldEdit[]): void {
    // only what lies inside of it is changed, so that the path still leads there
    const inside = all.filter((edit) => path.every((step, index) => edit.path[index] === step));
    const value = valueAt(applyEdits(this.before, inside), path);
    const { nodes, depth } = walk(this.object.node, path);
    this.refuseShared(nodes);
    if (depth === path.length) this.replaced.set(JSON.stringify(path), { path, value });
    else this.mapChange(nodes.at(-1)!, path).added.set(String(path.at(-1)), value);
  }

  private listChange(node: Node, path: FieldPath): Lists {
    if (!isSeq(node)) throw this.notWrittenAs('a list', node, path);
    let change = this.lists.get(node);
    if (!change) this.lists.set(node, (change = { removed: new Set(), inserted: new Map() }));
    return change;
  }

  private mapChange(node: Node, path: FieldPath): Maps {
    const map = this.mapAt(node, path);
    let change = this.maps.get(map);
    if (!change) this.maps.set(map, (change = { removed: new Set(), added: new Map() }));
    return change;
  }

  private mapAt(node: Node, path: FieldPath): YAMLMap {
    if (!isMap(node)) throw this.notWrittenAs('a map', node, path);
    return node;
  }

  private notWrittenAs(what: string, node: Node, path: FieldPath): Unchangeable {
    return new Unchangeable(`${pathText(path)} is not written as ${what}`, startOf(node), 'change it by hand');
  }

  private refuseShared(nodes: readonly Node[]): void {
    const shared = [...this.object.around, ...nodes].find((node) => this.shared.has(node));
    if (!shared) return;
    throw new Unchangeable(
      `what is to be changed is part of &${this.shared.get(shared)}, which an alias repeats elsewhere: that would change too`,
      startOf(shared),
      'write the value out in one of the two places',
    );
  }

  private refuseReferences(node: Node): void {
    if (!isReferredTo(node, this.parsed)) return;
    throw new Unchangeable('an alias elsewhere repeats what is to be changed', startOf(node), 'write it out there');
  }

  textEdits(): TextEdit[] {
    const { text } = this.parsed;
    const edits = [...this.replaced.values()].flatMap(({ path, value }) => this.replace(path, value));
    // where an inner and an outer collection end together, what the inner one gains comes first
    const collections = [...this.lists.keys(), ...this.maps.keys()].sort((one, other) => startOf(other) - startOf(one));
    for (const node of collections) {
      const [list, map] = [this.lists.get(node), this.maps.get(node as YAMLMap)];
      if (list) edits.push(...this.checked(node, editList(text, node, list, this.styleAt(node))));
      if (map) edits.push(...this.checked(node, editMap(text, node as YAMLMap, map, this.styleAt(node))));
    }
    return edits;
  }

  private replace(path: FieldPath, value: unknown): TextEdit[] {
    const { text } = this.parsed;
    const parent = walk(this.object.node, path.slice(0, -1)).nodes.at(-1)!;
    const { nodes, depth } = walk(this.object.node, path);
    const node = depth === path.length ? nodes.at(-1)! : undefined;
    const style = this.styleAt(node ?? parent);
    if (isMap(parent) && !parent.flow) {
      const pair = fieldOf(parent, String(path.at(-1)))!;
      return this.checked(parent, replaceField(text, pair, value, style));
    }
    if (!node) throw this.notWrittenAs('a value', parent, path);
    return replaceInline(text, node, value, style);
  }

  private checked(node: Node, edits: TextEdit[] | undefined): TextEdit[] {
    if (edits) return edits;
    throw new Unchangeable(
      'this is written in a way that cannot be changed in place',
      startOf(node),
      'change it by hand',
    );
  }

  private styleAt(node: Node): Style {
    const spacedBraces = hasSpacedBraces(this.parsed.text, node) ?? this.style.spacedBraces;
    return { ...this.style, spacedBraces, quote: quoteAt(node, this.object.node) };
  }
}
