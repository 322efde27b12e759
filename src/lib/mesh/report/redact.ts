import type { KubernetesObject } from '../../resources/types.js';
import { withoutMetadata } from '../../resources/server-fields.js';
import { isPlain, valueAt } from '../../text/plain-data.js';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
/** The same, as base64 has it. */
const PACKED_KEY = /LS0tLS1CRUdJTi(?:B|Al|BS|BFQ|BPUE|BFT|BFTk)[A-Za-z0-9+/=]{60,}/g;
const JWT = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;
const HEADER =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)(["']?\s*[:=]\s*["']?)[^"'\n,}\]]+/gi;
const PAIR =
  /((?:password|passwd|secret|token|api[-_]?key|access[-_]?key|credentials?)["']?\s*[:=]\s*["']?)(?![[{]|["']?\s*$)[^\s"',&;}\]]+/gim;
/** `https://user:password@host` */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:)[^\s/@]+@/gi;

const SECRET_NAME =
  /(?:^|[-_.])(?:private[-_]?key|password|passwd|token|api[-_]?key|access[-_]?key|secret[-_]?key|authorization|client[-_]?secret)s?$/i;

/** Text, such as a log, without what looks like a secret. */
export function redactText(text: string): string {
  return text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(PACKED_KEY, REDACTED)
    .replace(JWT, REDACTED)
    .replace(HEADER, `$1$2${REDACTED}`)
    .replace(PAIR, `$1${REDACTED}`)
    .replace(URL_PASSWORD, `$1${REDACTED}@`);
}

/** JSON without what looks like a secret: fields by their names, and texts as `redactText` does. Other text as text. */
export function redactJson(text: string): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return redactText(text);
  }
  return JSON.stringify(redactValue(document), null, 1);
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET_NAME.test(name) ? hidden(inner) : redactValue(inner)]),
  );
}

function hidden(value: unknown): unknown {
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hidden(inner)]));
  return value === null || typeof value === 'boolean' ? value : REDACTED;
}

/** Where kubectl keeps the object as it was applied, secrets and all. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * An object without the record of its changes, which repeats it, and, where it makes pods, without what containers are told:
 * the values of their variables, and what looks like a secret on their command lines.
 */
export function redactObject<T extends KubernetesObject>(object: T): T {
  const bare = withoutMetadata(object, 'managedFields');
  const kept = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => name !== LAST_APPLIED);
  const annotations = Object.fromEntries(kept);
  const told = object.metadata.annotations ? { ...bare, metadata: { ...bare.metadata, annotations } } : bare;
  return redactContainers(told) as T;
}

const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'];

function redactContainers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactContainers);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      CONTAINER_LISTS.includes(name) && Array.isArray(inner) ? inner.map(redactContainer) : redactContainers(inner),
    ]),
  );
}

function redactContainer(container: unknown): unknown {
  if (!isPlain(container)) return container;
  const words = (field: string) =>
    Array.isArray(container[field]) ? { [field]: (container[field] as unknown[]).map(redactWord) } : {};
  const env = container['env'];
  return {
    ...container,
    ...words('command'),
    ...words('args'),
    ...(Array.isArray(env) && {
      env: env.map((each: unknown) =>
        valueAt(each, ['value']) === undefined ? each : { ...(each as object), value: REDACTED },
      ),
    }),
  };
}

function redactWord(word: unknown): unknown {
  return typeof word === 'string' ? redactText(word) : word;
}
