import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { loadAll } from 'js-yaml';

import { kinds } from '../../src/lib/resources/kinds.js';
import type { KubernetesObject } from '../../src/lib/resources/types.js';

/** What is answered to requests whose method and path a pattern matches, in the place of what the objects say. */
export interface RecordedAnswer {
  /** A regular expression for `GET /api/v1/namespaces?limit=500`, whole. */
  readonly to: string;
  /** Default 200. */
  readonly status?: number;
  /** Text as it is; anything else as JSON. */
  readonly body?: unknown;
  /** What was asked is done, and the connection is cut in the place of an answer. */
  readonly lost?: boolean;
}

export interface SmallApiServer {
  readonly url: string;
  /** Of a user who may do everything, in context `admin`. */
  readonly kubeconfig: string;
  close(): void;
}

const PATH =
  /^\/apis?\/(?:(?<group>[^/]+)\/)?v\w+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[a-z]+)(?:\/(?<name>[^/?]+))?$/;

/**
 * An API server of a few objects in memory, for tests that ask what the program makes of a cluster, or of odd answers: lists with
 * selectors, single objects, creation, deletion, and patches that are merges. Nothing is validated: where that matters, the
 * integration tests have a real one.
 * @param manifests YAML documents of kinds that the program knows, or lists of them
 * @param answers are looked at for each request
 */
export async function startSmallApiServer(
  manifests: string,
  answers: readonly RecordedAnswer[] = [],
): Promise<SmallApiServer> {
  const documents = loadAll(manifests).filter(Boolean) as (KubernetesObject | { readonly items: KubernetesObject[] })[];
  const objects = documents.flatMap((document) => ('items' in document ? document.items : document));
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${request.url}`;
    const special = answers.find(({ to }) => new RegExp(`^${to}$`).test(asked));
    const sent = await text(request);
    const { status, body } =
      special && !special.lost
        ? { status: special.status ?? 200, body: special.body }
        : answerOf(
            request.method ?? '',
            new URL(request.url ?? '', url),
            sent === '' ? {} : (JSON.parse(sent) as object),
          );
    if (special?.lost) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  let version = 100;

  function answerOf(method: string, { pathname, searchParams }: URL, sent: object): { status: number; body: unknown } {
    if (pathname === '/version') return { status: 200, body: { major: '1', minor: '29', gitVersion: 'v1.29.0' } };
    const { group = '', namespace, plural, name } = PATH.exec(pathname)?.groups ?? {};
    const kind = Object.values(kinds).find((each) => each.plural === plural && each.group === group);
    if (!kind) return { status: 404, body: '404 page not found\n' };
    const isOfKind = (object: KubernetesObject): boolean =>
      object.kind === kind.kind && (namespace === undefined || object.metadata.namespace === namespace);
    const apiVersion = group === '' ? kind.version : `${group}/${kind.version}`;
    if (name === undefined && method === 'GET') {
      const items = objects.filter(isOfKind).filter(selectedBy(searchParams));
      return { status: 200, body: { apiVersion, kind: `${kind.kind}List`, metadata: {}, items } };
    }
    const index = objects.findIndex((object) => isOfKind(object) && object.metadata.name === name);
    const isReal = !searchParams.has('dryRun') && !('dryRun' in sent);
    const store = (object: unknown, at = index): unknown => {
      const { metadata, ...rest } = object as KubernetesObject;
      const stored = { ...rest, metadata: { ...metadata, resourceVersion: String(++version) } } as KubernetesObject;
      if (isReal) objects.splice(at < 0 ? objects.length : at, 1, stored);
      return stored;
    };
    if (method === 'POST') return { status: 201, body: store(sent, -1) };
    if (method === 'PATCH' && index < 0) return { status: 201, body: store(sent) };
    if (index < 0) return { status: 404, body: notFound(group, kind.plural, name ?? '') };
    if (method === 'PATCH') return { status: 200, body: store(merged(objects[index], sent)) };
    const [found] = method === 'DELETE' && isReal ? objects.splice(index, 1) : [objects[index]];
    return { status: 200, body: { apiVersion, ...found } };
  }

  return {
    url,
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'admin',
      contexts: [{ name: 'admin', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user: {} }],
    }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Equality of labels, and the name as a field: what the program asks for. */
function selectedBy(query: URLSearchParams): (object: KubernetesObject) => boolean {
  const terms = [query.get('labelSelector'), query.get('fieldSelector')]
    .flatMap((selector) => selector?.split(',') ?? [])
    .map((term) => term.split(/==?/) as [string, string?]);
  return ({ metadata }) =>
    terms.every(([key, value]) => {
      const actual = key === 'metadata.name' ? metadata.name : metadata.labels?.[key];
      return value === undefined ? actual !== undefined : actual === value;
    });
}

function notFound(group: string, plural: string, name: string): object {
  const [message, details] = [`${plural} "${name}" not found`, { name, group, kind: plural }];
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound', message, details };
}

/** RFC 7396 */
export function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && !Array.isArray(target) ? { ...(target as object) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
