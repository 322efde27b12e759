import { UsageError } from '../errors.js';
import type { Pod } from '../resources/types.js';
import { isDnsLabel, isDnsSubdomain } from '../text/dns-names.js';
import { nameOf, namespacedName, type Source, type World } from '../simulator/world.js';

/** A name as a person gives it, perhaps with its namespace. */
export interface GivenName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Who sends requests, as a person names it. */
export interface ClientName extends GivenName {
  readonly kind: 'ServiceAccount' | 'Pod';
}

/** Reads `[namespace/]name`. @throws UsageError */
export function parseNamespacedName(text: string): GivenName {
  const parts = text.split('/');
  const name = parts.at(-1)!;
  const namespace = parts.length > 1 ? parts[0]! : undefined;
  if (parts.length > 2 || !isDnsSubdomain(name) || (namespace !== undefined && !isDnsLabel(namespace))) {
    throw new UsageError(
      `${JSON.stringify(text)} is not [namespace/]name`,
      'write it like curl/curl: lower-case letters, digits and dashes',
    );
  }
  return { namespace, name };
}

export interface Client {
  readonly source: Source;
  /** Set when a pod was named. */
  readonly pod?: Pod | undefined;
}

/**
 * Finds the client of a request.
 * @param defaultNamespace of a name without one
 * @throws UsageError when the pod is not among the resources
 */
export function findClient(world: World, { kind, name, ...given }: ClientName, defaultNamespace: string): Client {
  const namespace = given.namespace ?? defaultNamespace;
  if (kind === 'ServiceAccount') return { source: { namespace, serviceAccount: name } };
  const pod = world.pods.find((candidate) => nameOf(candidate) === namespacedName(namespace, name));
  if (!pod) {
    throw new UsageError(
      `Pod ${namespace}/${name} is not among the resources`,
      'give its manifest with -f, or name the ServiceAccount with --from',
    );
  }
  return { source: { namespace, serviceAccount: pod.spec?.serviceAccountName || 'default' }, pod };
}
