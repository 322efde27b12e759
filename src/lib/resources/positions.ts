/** Where the values of a document stand in the text; built on demand for one document. Offsets count from the text's start. */
export interface PositionNode {
  start: number;
  /** One past the last character; for block collections and block scalars this may include blank lines that follow. */
  end: number;
  fields?: Map<string, FieldPosition>;
  items?: PositionNode[];
  /** An object of a list whose fields are left out, since most are never asked for: read its text again to have them. */
  folded?: boolean;
  /** The value that a YAML alias stands for. */
  alias?: PositionNode;
  /** Maps whose fields a `<<` adds; the first that has a field gives it. */
  merged?: PositionNode[];
}

export interface FieldPosition {
  /** Start of the key. */
  key: number;
  readonly value: PositionNode;
}

/** Leaves out the fields of a list's item that looks like a Kubernetes object. */
export function foldObject(item: PositionNode): void {
  if (!item.fields?.has('apiVersion') || !item.fields.has('kind')) return;
  delete item.fields;
  item.folded = true;
}

/** A key that is defined twice in one map. */
export interface RepeatedKey {
  readonly name: string;
  readonly first: number;
  readonly again: number;
}

export interface PositionTree {
  readonly root: PositionNode;
  readonly repeated: readonly RepeatedKey[];
}

function findField(node: PositionNode, name: string): FieldPosition | undefined {
  const own = node.fields?.get(name);
  if (own) return own;
  for (const source of node.merged ?? []) {
    const found = findField(source.alias ?? source, name);
    if (found) return found;
  }
  return undefined;
}

/** A place on the way down a path. */
export interface FoundPosition {
  /** Where to point: the key of a map's field, the value of a list's item, the start of the root. */
  readonly offset: number;
  readonly node: PositionNode;
  /** False when the path goes on into something that is not in the text. */
  readonly exact: boolean;
}

/**
 * Follows a path as far as the text has it.
 *
 * @param unfold - reads a folded node again; the result has its fields
 */
export function findPosition(
  root: PositionNode,
  path: readonly (string | number)[],
  unfold: (node: PositionNode) => PositionNode,
): FoundPosition {
  let node = root;
  let offset = root.start;
  for (const step of path) {
    const target = node.alias ?? node;
    const inside = target.folded ? unfold(target) : target;
    const field = typeof step === 'string' ? findField(inside, step) : undefined;
    const value = typeof step === 'string' ? field?.value : inside.items?.[step];
    if (!value) return { offset, node, exact: false };
    offset = field ? field.key : value.start;
    node = value;
  }
  return { offset, node, exact: true };
}
