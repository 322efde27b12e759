import { isPlain } from '../text/plain-data.js';
import { shortened } from '../text/shorten.js';
import type { KubernetesObject } from './types.js';
import type { KindInfo } from './validate/kinds.js';

/** What the API server tells objects apart by. */
export function keyOf(object: KubernetesObject): string {
  const { name, namespace } = object.metadata;
  return `${groupOf(object)}/${object.kind}/${namespace ?? ''}/${name}`;
}

export function groupOf(object: KubernetesObject): string {
  const slash = object.apiVersion.indexOf('/');
  return slash === -1 ? '' : object.apiVersion.slice(0, slash);
}

/** `Egress curl/httpbin`; without a name only the kind. */
export function labelOf(value: Record<string, unknown>, info: KindInfo, defaultNamespace: string): string {
  const metadata = isPlain(value['metadata']) ? value['metadata'] : {};
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return info.kind;
  if (!info.namespaced) return `${info.kind} ${shorten(name)}`;
  const where = typeof namespace === 'string' && namespace !== '' ? namespace : defaultNamespace;
  return `${info.kind} ${shorten(where)}/${shorten(name)}`;
}

/** No name that Kubernetes allows is cut. */
export const shorten = (text: string): string => shortened(text, 253);
