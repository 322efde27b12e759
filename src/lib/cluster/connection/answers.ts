import { ClusterError } from '../../errors.js';
import { isPlain } from '../../text/plain-data.js';
import { MissingKindError } from '../errors.js';
import { qualifiedPlural } from '../../resources/kinds.js';
import { faultOfShape } from '../../resources/validate/shape.js';
import { describeClusterEntry, describeServer, describeUser } from './description.js';
import type { ConnectionDescription, Operation } from './description.js';
import type { HttpAnswer } from './transport.js';

/** The API server's own account of a failure (meta/v1 Status), as far as it has the right shape. */
export interface Status {
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  readonly reason?: string | undefined;
  readonly details: {
    readonly name?: string | undefined;
    readonly kind?: string | undefined;
    readonly retryAfterSeconds?: number | undefined;
    readonly causes: readonly {
      readonly reason?: string | undefined;
      readonly field?: string | undefined;
      readonly message?: string | undefined;
    }[];
  };
}

/** The answer's body as JSON; undefined when it is not JSON. */
export function parseBody(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body) as unknown;
  } catch {
    return undefined;
  }
}

/** The failure that an answer describes; undefined when it describes none. */
export function statusOf(answer: HttpAnswer): Status | undefined {
  const body = answer.status < 400 ? undefined : parseBody(answer);
  return isPlain(body) && body['kind'] === 'Status' ? readStatus(body) : undefined;
}

/** The fields of a Status, which comes without `kind` at the end of an exec. */
export function readStatus(value: unknown): Status {
  if (!isPlain(value)) return { details: { causes: [] } };
  const details = isPlain(value['details']) ? value['details'] : {};
  const causes: unknown[] = Array.isArray(details['causes']) ? details['causes'] : [];
  const retryAfter = details['retryAfterSeconds'];
  return {
    status: text(value['status']),
    message: text(value['message']),
    reason: text(value['reason']),
    details: {
      name: text(details['name']),
      kind: text(details['kind']),
      retryAfterSeconds: typeof retryAfter === 'number' ? retryAfter : undefined,
      causes: causes.filter(isPlain).map(({ reason, field, message }) => ({
        reason: text(reason),
        field: text(field),
        message: text(message),
      })),
    },
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** True for a 404 that speaks of the path, not of an object: the server does not have the kind. */
export function isUnknownPath(answer: HttpAnswer): boolean {
  const status = statusOf(answer);
  return answer.status === 404 && (!status || (status.details.kind === undefined && status.details.name === undefined));
}

/**
 * The error for an answer with status 300 and above. Its message is the server's own, one line; the hint is the next step.
 * Not for a kind that the server does not have: see `isUnknownPath`.
 */
export function explainAnswer(
  answer: HttpAnswer,
  operation: Operation,
  connection: ConnectionDescription,
): ClusterError {
  const status = statusOf(answer);
  const fail = (message: string, hint: string | undefined): ClusterError =>
    new ClusterError(oneLine(message), hint, answer.status);
  if (answer.status === 401) {
    return fail(
      `${describeServer(connection)} does not accept the credentials of ${describeUser(connection)}: Unauthorized`,
      loginHint(connection),
    );
  }
  if (!status) return explainForeign(answer, operation, connection);
  const message = status.message || `${describeServer(connection)} answers ${answer.status} ${status.reason ?? ''}`;
  switch (answer.status) {
    case 403:
      return fail(message, forbiddenHint(message, status, operation, connection));
    case 404:
      return fail(message, notFoundHint(status, operation, connection));
    case 409:
      return fail(message, conflictHint(status));
    case 422:
      return fail(message, unknownField(message) ?? invalidHint(status));
    case 429:
      return fail(message, `the API server has too much to do: try again in ${retryAfterSeconds(answer) ?? 1} s`);
    default:
      return fail(message, unknownField(message) ?? (answer.status >= 500 ? failureHint(message) : undefined));
  }
}

/** Seconds that the server asks to wait; undefined when it does not say. */
export function retryAfterSeconds(answer: HttpAnswer): number | undefined {
  const header = answer.headers['retry-after'];
  if (header !== undefined && /^\d+$/.test(header)) return Number(header);
  return statusOf(answer)?.details.retryAfterSeconds;
}

/** An answer that does not come from a Kubernetes API server, or not as one. */
function explainForeign(answer: HttpAnswer, operation: Operation, connection: ConnectionDescription): ClusterError {
  const type = answer.headers['content-type']?.split(';')[0] ?? 'nothing';
  const words = oneLine(answer.body.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '));
  const excerpt = words ? `: ${words.length > 120 ? `${words.slice(0, 120)}…` : words}` : '';
  const target = answer.headers.location ? ` to ${answer.headers.location}` : '';
  const isObject = operation.kind !== undefined;
  const isJson = parseBody(answer) !== undefined;
  return new ClusterError(
    `${describeServer(connection)} answers ${answer.status}${target}` +
      (isObject && answer.status < 300
        ? ` with ${isJson ? 'JSON that is no Kubernetes object' : `${type} instead of JSON`}`
        : '') +
      excerpt,
    answer.status >= 500 ? failureHint(words) : otherServerHint(connection),
    answer.status,
  );
}

/**
 * The object, or list of objects, in an answer of 2xx. The rest of osm-ts relies on the fields that are checked here, and
 * any JSON would do for a list without items: the answer "there are none" would be made up.
 * @throws ClusterError when the answer is something else
 */
export function readObject(
  answer: HttpAnswer,
  operation: Operation,
  connection: ConnectionDescription,
): Readonly<Record<string, unknown>> {
  const body = parseBody(answer);
  if (!isPlain(body) || typeof body['kind'] !== 'string') throw explainForeign(answer, operation, connection);
  const { verb, kind } = operation;
  if (verb === 'delete') return body;
  const fault = verb === 'list' ? faultOfList(body, kind) : faultOfObject(body, kind);
  const expected = kind && (verb === 'list' ? `${kind.kind}List` : kind.kind);
  const sent = body['kind'].slice(0, 60);
  const wrong =
    expected !== undefined && body['kind'] !== expected
      ? `${sent} in the place of ${expected}`
      : fault && `a malformed ${sent}: ${fault}`;
  if (wrong === undefined) return body;
  throw new ClusterError(
    `${describeServer(connection)} answers ${answer.status} with ${wrong}`,
    otherServerHint(connection),
    answer.status,
  );
}

function faultOfList(list: Readonly<Record<string, unknown>>, kind: Operation['kind']): string | undefined {
  const { items, metadata } = list;
  if (isPlain(metadata) && !isOptionalText(metadata['continue'])) return 'metadata.continue is not a string';
  if (items === null || items === undefined) return undefined;
  if (!Array.isArray(items)) return 'items is not a list';
  for (const [i, item] of items.entries()) {
    const fault = isPlain(item) ? faultOfObject(item, kind) : 'it is not a map';
    if (fault) return `items[${i}]: ${fault}`;
  }
  return undefined;
}

function faultOfObject(object: Readonly<Record<string, unknown>>, kind: Operation['kind']): string | undefined {
  const { metadata } = object;
  if (!isPlain(metadata)) return 'metadata is not a map';
  if (typeof metadata['name'] !== 'string') return 'metadata.name is not a string';
  if (!isOptionalText(metadata['namespace'])) return 'metadata.namespace is not a string';
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field] ?? {};
    if (!isPlain(map) || Object.values(map).some((value) => typeof value !== 'string')) {
      return `metadata.${field} is not a map of strings`;
    }
  }
  return kind && faultOfShape(kind, object);
}

function isOptionalText(value: unknown): boolean {
  return typeof (value ?? '') === 'string';
}

function otherServerHint(connection: ConnectionDescription): string {
  return `check that "server" of ${describeClusterEntry(connection)} is an API server, and that no login page or proxy is in between`;
}

function loginHint(connection: ConnectionDescription): string {
  const { access } = connection;
  const { user, cluster } = access;
  const where = `the user "${user.name}" in ${access.origin}`;
  if (access.context === null) return 'the token of the ServiceAccount has been revoked: restart the pod';
  if (user.exec) return `log in again; the credentials come from the plugin ${user.exec.command}`;
  if (user.authProvider) return `log in again with the provider of ${where}`;
  if (user.tokenFile) return `renew the token in ${user.tokenFile}`;
  if (user.token) return `the token has expired or was revoked: put a new one into ${where}`;
  if (user.cert) return `the client certificate has expired or is not trusted: fetch a new one for ${where}`;
  if (user.username) return `correct user name and password of ${where}`;
  if (cluster.server.startsWith('http:'))
    return `credentials are sent over TLS only: let "server" of ${describeClusterEntry(connection)} begin with https://`;
  return `the context "${access.context}" has no credentials: give its user a token, a certificate or an exec plugin`;
}

function forbiddenHint(
  message: string,
  status: Status,
  operation: Operation,
  { access }: ConnectionDescription,
): string | undefined {
  const terminating = status.details.causes.some((cause) => cause.reason === 'NamespaceTerminating');
  if (terminating) return 'wait until the namespace is gone, create it again, and try again';
  if (/^admission webhook /.test(message)) return 'correct the object: that webhook refuses it';
  if (/ cannot impersonate/.test(message)) {
    return `remove "as" from the user "${access.user.name}" in ${access.origin}, or ask an administrator for the right to impersonate`;
  }
  const denied = /cannot (\S+) resource "([^"]+)"(?: in API group "([^"]*)")?/.exec(message);
  if (!denied) return undefined;
  const [, verb = '', resource = '', group = ''] = denied;
  const [plural = '', subresource] = resource.split('/');
  const argument = group ? `${plural}.${group}` : plural;
  const namespace = /in the namespace "([^"]+)"/.exec(message)?.[1];
  const scope = namespace ? ` -n ${namespace}` : operation.kind?.namespaced ? ' --all-namespaces' : '';
  return [
    `ask an administrator for this rule, in a ${namespace ? `Role in namespace ${namespace}` : 'ClusterRole'} bound to that user: ` +
      `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`,
    `check with: kubectl auth can-i ${verb} ${argument}${subresource ? ` --subresource=${subresource}` : ''}${scope}`,
  ].join('\n');
}

function notFoundHint(status: Status, operation: Operation, { access }: ConnectionDescription): string | undefined {
  const { kind, namespace } = operation;
  if (!kind) return undefined;
  const where = access.context === null ? '' : ` (context "${access.context}")`;
  const missing = status.details.kind === 'namespaces' ? (status.details.name ?? namespace) : undefined;
  if (missing !== undefined && kind.kind !== 'Namespace') {
    return `create the namespace first: kubectl create namespace ${missing}`;
  }
  const everything = `kubectl get ${qualifiedPlural(kind)}${kind.namespaced ? ' --all-namespaces' : ''}`;
  return namespace === undefined
    ? `see what there is${where}: ${everything}`
    : `looked in namespace "${namespace}"${where}; see what there is: ${everything}`;
}

function conflictHint(status: Status): string {
  if (status.reason === 'AlreadyExists') return 'choose another name, or change the object that is there';
  if (status.details.causes.some((cause) => cause.reason === 'FieldManagerConflict')) {
    return 'leave those fields to their manager, or take them over with --force';
  }
  return 'somebody else has changed the object: look at it as it is now, and try again';
}

function invalidHint(status: Status): string | undefined {
  const causes = status.details.causes.filter((cause) => cause.field);
  if (causes.length === 0) return undefined;
  const fields = [...new Set(causes.map(({ field = '' }) => field))];
  const more = fields.length > 10 ? ` and ${fields.length - 10} more` : '';
  return `correct ${fields.slice(0, 10).join(', ')}${more}`;
}

/** Two wordings of one mistake: of strict validation (400), and of server-side apply (500). */
function unknownField(message: string): string | undefined {
  return /unknown field|duplicate field|field not declared in schema/.test(message)
    ? 'correct the name of the field, or remove it'
    : undefined;
}

function failureHint(message: string): string {
  const webhook = /failed calling webhook "([^"]+)"/.exec(message)?.[1];
  if (webhook?.includes('osm')) {
    return `OSM's webhook ${webhook} cannot be reached: check that osm-controller and osm-injector run`;
  }
  if (webhook) return `the webhook ${webhook} cannot be reached: check that its pods run`;
  if (/error dialing backend|^Get "https:\S+\/containerLogs\//.test(message)) {
    return 'the API server does not reach the node of the pod: check that the node is ready, and the network to it';
  }
  return 'try again; if it stays so, look at the log of the API server';
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The error for a kind that the server does not have. `group` is the answer to a GET of the kind's API group. */
export function explainMissingKind(operation: Operation, group: HttpAnswer | undefined): ClusterError | undefined {
  const { kind } = operation;
  if (!kind) return undefined;
  const body = group?.status === 200 ? parseBody(group) : undefined;
  const versions: unknown[] = isPlain(body) && Array.isArray(body['versions']) ? body['versions'] : [];
  return new MissingKindError(
    kind,
    versions.flatMap((item) => (isPlain(item) && typeof item['version'] === 'string' ? [item['version']] : [])),
  );
}
