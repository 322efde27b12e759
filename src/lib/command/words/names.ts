import { UsageError } from '../../errors.js';
import type { ClientName, GivenName } from '../../input/client.js';
import { clientKindOf } from '../../resources/workloads.js';
import { quoted } from '../../text/shorten.js';
import { isDnsLabel, isDnsSubdomain, isLabelValue, validName } from '../../text/dns-names.js';

/** Makes a reader of one item a reader of several, separated by commas. @throws UsageError when there is none */
export function items<T>(read: (item: string) => T): (word: string) => T[] {
  return (word) => {
    const given = fields(word).filter((item) => item !== '');
    if (given.length === 0) throw new UsageError('is empty', 'give it a value, or leave it out');
    return given.map(read);
  };
}

/** As `items`, but an empty item is not left out: it may be a variable of a script that is not set. */
export function everyItem<T>(read: (item: string) => T): (word: string) => T[] {
  return (word) => fields(word).map(read);
}

/** A list's items as the mirrored program reads them: spaces around them do not count, nor do double quotes. */
function fields(word: string): string[] {
  return word.split(',').map((item) =>
    item
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .trim(),
  );
}

/** The name of a policy, an HTTPRouteGroup, an UpstreamTrafficSetting or a ServiceAccount. @throws UsageError */
export function parseObjectName(word: string): string {
  const name = word.trim();
  if (isDnsSubdomain(name)) return name;
  throw new UsageError(
    `${quoted(word)} cannot be the name of an object`,
    nameHint(name, 'use at most 253 lower-case letters, digits, - and ., with a letter or digit at both ends'),
  );
}

/**
 * The name of a namespace; spaces around it do not count, and `namespace/x`, which `-o name` prints, is `x`.
 * @throws UsageError
 */
export function parseNamespace(word: string): string {
  const name = word.trim().replace(/^(?:namespaces?|ns)\//, '');
  if (isDnsLabel(name)) return name;
  throw new UsageError(
    `${quoted(word)} cannot be the name of a namespace`,
    nameHint(name, 'use at most 63 lower-case letters, digits and -, with a letter or digit at both ends'),
  );
}

function nameHint(name: string, rule: string): string {
  const valid = validName(name, true);
  return valid !== undefined && valid !== name ? `${rule}, for example ${valid}` : rule;
}

/** The name of a mesh, which has to fit into a label's value. @throws UsageError */
export function parseMeshName(word: string): string {
  const name = word.trim();
  if (isLabelValue(name)) return name;
  throw new UsageError(
    `${quoted(word)} cannot be the name of a mesh`,
    'use at most 63 letters, digits, -, _ and ., with a letter or digit at both ends',
  );
}

/** The name of a policy: `x`, or what `-o name` prints, `egress.policy.openservicemesh.io/x`. @throws UsageError */
export function parsePolicyName(word: string): string {
  const name = word.trim().replace(/^egress(?:es)?(?:\.policy\.openservicemesh\.io)?\//, '');
  if (isDnsSubdomain(name)) return name;
  const slash = /^([^/]+)\/([^/]+)$/.exec(name);
  throw new UsageError(
    `${quoted(word)} cannot be the name of a policy`,
    slash && isDnsSubdomain(slash[2]!)
      ? `write the namespace with -n: ${slash[2]} -n ${slash[1]}`
      : 'use lower-case letters, digits, - and ., with a letter or digit at both ends',
  );
}

/** Reads `[namespace/]name`. @throws UsageError */
export function parseNamespacedName(text: string): GivenName {
  const parts = text.trim().split('/');
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

/** A pod as the mirrored program reads it: `namespace/pod`, or `pod` of the namespace `default`. @throws UsageError */
export function parsePodName(word: string, role: string): { readonly namespace: string; readonly name: string } {
  try {
    const { namespace = 'default', name } = parseNamespacedName(word);
    return { namespace, name };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `Invalid argument specified for the ${role} pod [${word}]`,
      'write NAMESPACE/POD, or POD for one of the namespace default',
      { cause: error },
    );
  }
}

/** A ServiceAccount: `[namespace/]name`. @throws UsageError */
export function parseAccount(word: string): GivenName {
  const [, home, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(word) ?? [];
  if (account !== undefined && home !== undefined) {
    throw new UsageError(`${quoted(word)} is a user name of the API server`, `write ${home}/${account}`);
  }
  return parseNamespacedName(word);
}

/** What kubectl calls ServiceAccounts. */
const ACCOUNT = /^(?:sa|serviceaccounts?)$/i;

/** What kubectl calls Services, Knative's too, and nodes. */
const SENDS_NOTHING = /^(?:k?svc|node)$/i;

/** Who sends requests: a word without a kind names a `kind`; `deploy/api`, `pod/api-0` name theirs. @throws UsageError */
export function parseClient(kind: ClientName['kind']): (word: string) => ClientName {
  return (word) => {
    const [, home, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(word) ?? [];
    if (home !== undefined && account !== undefined)
      return { kind: 'ServiceAccount', ...parseNamespacedName(`${home}/${account}`) };
    // [namespace/]kind/name, as kubectl writes it
    const [, place, typed = '', name = ''] = /^(?:([^/]+)\/)?([^/]+)\/([^/]+)$/.exec(word) ?? [];
    const named = ACCOUNT.test(typed) ? 'ServiceAccount' : clientKindOf(typed);
    if (named === undefined && SENDS_NOTHING.test(typed)) {
      throw new UsageError(
        `${quoted(word)} names none who sends requests`,
        'name a ServiceAccount (NAMESPACE/NAME), a pod (pod/NAME) or a workload (deploy/NAME)',
      );
    }
    if (named === undefined) return { kind, ...parseNamespacedName(word) };
    return { kind: named, ...parseNamespacedName(place === undefined ? name : `${place}/${name}`) };
  };
}
