import type { KubernetesObject } from '../types.js';
import {
  fieldOf,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  itemsOf,
  type Node,
  type ParsedDocument,
  type YAMLMap,
} from './tree.js';
import type { ObjectNode } from './edit-text.js';

/**
 * Finds an object in a document: its root, or an item of a list of objects.
 * @param object as it was read: one of a kind with namespaces names one
 * @param defaultNamespace of the objects that name none in the text
 */
export function findObject(
  parsed: ParsedDocument,
  object: KubernetesObject,
  defaultNamespace: string,
): ObjectNode | undefined {
  return findIn(parsed, parsed.document.contents, [], object, defaultNamespace);
}

function findIn(
  parsed: ParsedDocument,
  node: Node | null,
  around: readonly Node[],
  object: KubernetesObject,
  defaultNamespace: string,
): ObjectNode | undefined {
  if (!isMap(node)) return undefined;
  const items = fieldOf(node, 'items')?.value;
  const isList = scalarAt(parsed, node, 'kind')?.endsWith('List') && isSeq(items);
  if (!isList) return isObject(parsed, node, object, defaultNamespace) ? { node, around } : undefined;
  for (const item of itemsOf(items)) {
    const found = findIn(parsed, item, [...around, node, items], object, defaultNamespace);
    if (found) return found;
  }
  return undefined;
}

/** Items of a typed list need no kind of their own. */
function isObject(
  parsed: ParsedDocument,
  node: YAMLMap,
  { kind, metadata }: KubernetesObject,
  defaultNamespace: string,
): boolean {
  const own = resolved(parsed, fieldOf(node, 'metadata')?.value);
  if (!isMap(own)) return false;
  const written = scalarAt(parsed, node, 'kind');
  const namespace = scalarAt(parsed, own, 'namespace');
  return (
    (written === undefined || written === kind) &&
    scalarAt(parsed, own, 'name') === metadata.name &&
    (metadata.namespace === undefined || (namespace || defaultNamespace) === metadata.namespace)
  );
}

function scalarAt(parsed: ParsedDocument, map: YAMLMap, name: string): string | undefined {
  const value = resolved(parsed, fieldOf(map, name)?.value);
  return isScalar(value) && value.value !== null ? value.source : undefined;
}

function resolved({ document }: ParsedDocument, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}
