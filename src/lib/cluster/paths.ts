import { UsageError } from '../errors.js';
import { apiVersionOf } from '../resources/kinds.js';
import type { ResourceKind } from '../resources/kinds.js';

/** `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL`; without namespace the collection over all namespaces. */
export function collectionPath(kind: ResourceKind, namespace: string | undefined): string {
  const root = `/${kind.group ? 'apis' : 'api'}/${apiVersionOf(kind)}`;
  const scope = namespace === undefined ? '' : `/namespaces/${segment('namespace', namespace)}`;
  return `${root}${scope}/${kind.plural}`;
}

/** The path of one object. */
export function objectPath(
  ref: { readonly kind: ResourceKind; readonly name: string },
  namespace: string | undefined,
): string {
  return `${collectionPath(ref.kind, namespace)}/${segment('name', ref.name)}`;
}

/** A name as one step of a path. Throws `UsageError` for what would address something else. */
function segment(what: string, value: string): string {
  if (value === '' || value === '.' || value === '..' || /[/%]/.test(value)) {
    throw new UsageError(
      `${JSON.stringify(value)} cannot be the ${what} of a Kubernetes object`,
      'use lower-case letters, digits, - and .',
    );
  }
  return encodeURIComponent(value);
}
