import { UsageError } from '../errors.js';
import { isDnsLabel, isDnsSubdomain } from '../text/dns-names.js';
import type { Pod } from '../resources/types.js';
import { type Source, type World, namespacedName, nameOf } from '../simulator/world.js';

/**
 * Reads `[namespace/]name`.
 * @param flag the flag that holds it, for the error
 * @throws UsageError
 */
export function parseNamespacedName(
  text: string,
  flag: string,
  defaultNamespace: string,
): { namespace: string; name: string } {
  const parts = text.split('/');
  const [namespace, name] = parts.length === 1 ? [defaultNamespace, parts[0]!] : [parts[0]!, parts[1]!];
  if (parts.length > 2 || !isDnsLabel(namespace) || !isDnsSubdomain(name)) {
    throw new UsageError(
      `${flag} ${JSON.stringify(text)} is not [namespace/]name`,
      `write it like ${flag} curl/curl: lower-case letters, digits and dashes`,
    );
  }
  return { namespace, name };
}

export interface Client {
  readonly source: Source;
  /** Set when a pod was named. */
  readonly pod?: Pod;
}

/**
 * Finds the client of a request.
 * @throws UsageError when neither flag is given, or the pod is not among the resources
 */
export function findClient(
  world: World,
  flags: { from?: string | undefined; pod?: string | undefined },
  defaultNamespace: string,
): Client {
  if (flags.from !== undefined) {
    const { namespace, name } = parseNamespacedName(flags.from, '--from', defaultNamespace);
    return { source: { namespace, serviceAccount: name } };
  }
  if (flags.pod === undefined) {
    throw new UsageError(
      'who sends the request is missing',
      'add --from NAMESPACE/SERVICEACCOUNT, such as --from curl/curl',
    );
  }
  const { namespace, name } = parseNamespacedName(flags.pod, '--pod', defaultNamespace);
  const pod = world.pods.find((candidate) => nameOf(candidate) === namespacedName(namespace, name));
  if (!pod) {
    throw new UsageError(
      `Pod ${namespace}/${name} is not among the resources`,
      'give its manifest with -f, or name the ServiceAccount with --from',
    );
  }
  return { source: { namespace, serviceAccount: pod.spec?.serviceAccountName || 'default' }, pod };
}
