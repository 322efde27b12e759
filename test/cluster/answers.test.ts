import assert from 'node:assert/strict';
import {
  explainAnswer,
  explainMissingKind,
  isUnknownPath,
  readObject,
  readStatus,
  retryAfterSeconds,
} from '../../src/lib/cluster/connection/answers.js';
import { MissingKindError } from '../../src/lib/cluster/errors.js';
import { lookAt, type ConnectionDescription, type Operation } from '../../src/lib/cluster/connection/description.js';
import type { HttpAnswer } from '../../src/lib/cluster/connection/transport.js';
import type { Access } from '../../src/lib/cluster/kubeconfig/types.js';
import { kinds } from '../../src/lib/resources/kinds.js';

function answer(status: number, body: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, bytes: Buffer.from(text), body: text };
}
const refusal = (code: number, message: string, more: object = {}): HttpAnswer =>
  answer(code, { kind: 'Status', message, ...more });

function connection(access: Partial<Access> = {}): ConnectionDescription {
  return {
    access: {
      context: 'ctx',
      cluster: { name: 'k', server: 'https://k.test:6443', insecureSkipTlsVerify: false },
      user: { name: 'u' },
      origin: '/kubeconfig',
      ...access,
    },
    timeoutMs: 1000,
    connectTimeoutMs: 1000,
  };
}

const onEgress: Operation = { verb: 'get', kind: kinds.Egress, name: 'e', namespace: 'n' };
const onNamespace: Operation = { verb: 'get', kind: kinds.Namespace, name: 'e' };
const onText: Operation = { verb: 'get' };

function told(given: HttpAnswer, operation: Operation = onEgress, access?: Partial<Access>): [string, string?] {
  const error = explainAnswer(given, operation, connection(access));
  assert.equal(error.status, given.status);
  assert.equal(error.exitCode, 3);
  return error.hint === undefined ? [error.message] : [error.message, error.hint];
}

const retry = 'try again; if it stays so, look at the log of the API server';
const otherServer =
  'check that "server" of cluster "k" in /kubeconfig is an API server, and that no login page or proxy is in between';
const rule = (where: string, group: string, resource: string, verb: string): string =>
  `ask an administrator for this rule, in a ${where} bound to that user: {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`;
const field = 'correct the name of the field, or remove it';

describe('a refusal in the words of the server', () => {
  const cases: readonly (readonly [
    name: string,
    answer: HttpAnswer,
    hint: string | undefined,
    operation?: Operation,
  ])[] = [
    ['a field that is not known', refusal(400, 'strict decoding error: unknown field "spec.x"'), field],
    ['a field twice', refusal(422, 'duplicate field "spec.x"'), field],
    ['a field that is not known, to apply', refusal(500, '.spec.x: field not declared in schema'), field],
    ['a bad request', refusal(400, 'no'), undefined],
    [
      'a namespace that is going',
      refusal(403, 'x', { details: { causes: [{ reason: 'NamespaceTerminating' }] } }),
      'wait until the namespace is gone, create it again, and try again',
    ],
    [
      'a webhook',
      refusal(403, 'admission webhook "x" denied the request'),
      'correct the object: that webhook refuses it',
    ],
    ['words that only mention a webhook', refusal(403, 'no admission webhook "x"'), undefined],
    [
      'an impersonation',
      refusal(403, 'users "a" is forbidden: User "b" cannot impersonate resource "users"'),
      'remove "as" from the user "u" in /kubeconfig, or ask an administrator for the right to impersonate',
    ],
    [
      'a right in a namespace',
      refusal(403, 'cannot list resource "egresses" in API group "policy.openservicemesh.io" in the namespace "curl"'),
      `${rule('Role in namespace curl', 'policy.openservicemesh.io', 'egresses', 'list')}\ncheck with: kubectl auth can-i list egresses.policy.openservicemesh.io -n curl`,
    ],
    [
      'a right everywhere',
      refusal(403, 'cannot list resource "pods" in API group "" at the cluster scope'),
      `${rule('ClusterRole', '', 'pods', 'list')}\ncheck with: kubectl auth can-i list pods --all-namespaces`,
    ],
    [
      'a right on what has no namespaces, and a subresource',
      refusal(403, 'cannot create resource "pods/exec" at the cluster scope'),
      `${rule('ClusterRole', '', 'pods/exec', 'create')}\ncheck with: kubectl auth can-i create pods --subresource=exec`,
      onNamespace,
    ],
    [
      'no such object',
      refusal(404, 'egresses "e" not found', { details: { name: 'e', kind: 'egresses' } }),
      'looked in namespace "n" (context "ctx"); see what there is: kubectl get egresses.policy.openservicemesh.io --all-namespaces',
    ],
    [
      'no such namespace',
      refusal(404, 'namespaces "n" not found', { details: { name: 'n', kind: 'namespaces' } }),
      'create the namespace first: kubectl create namespace n',
    ],
    [
      'no such namespace, unnamed',
      refusal(404, 'not found', { details: { kind: 'namespaces' } }),
      'create the namespace first: kubectl create namespace n',
    ],
    [
      'no such namespace, where it was asked for',
      refusal(404, 'namespaces "e" not found', { details: { name: 'e', kind: 'namespaces' } }),
      'see what there is (context "ctx"): kubectl get namespaces',
      onNamespace,
    ],
    ['no such path', refusal(404, 'not found'), undefined, onText],
    [
      'a name that is taken',
      refusal(409, 'exists', { reason: 'AlreadyExists' }),
      'choose another name, or change the object that is there',
    ],
    [
      'a field of another manager',
      refusal(409, 'x', { details: { causes: [{ reason: 'Other' }, { reason: 'FieldManagerConflict' }] } }),
      'leave those fields to their manager, or take them over with --force',
    ],
    [
      'another version',
      refusal(409, 'x', { reason: 'Conflict' }),
      'somebody else has changed the object: look at it as it is now, and try again',
    ],
    [
      'values that are not valid, each field once',
      refusal(422, 'x', { details: { causes: [{ field: 'a' }, { field: 'b' }, {}, { field: 'a' }] } }),
      'correct a, b',
    ],
    [
      'ten fields that are not valid',
      refusal(422, 'x', { details: { causes: [...'abcdefghij'].map((name) => ({ field: name })) } }),
      'correct a, b, c, d, e, f, g, h, i, j',
    ],
    [
      'more fields than anybody reads',
      refusal(422, 'x', { details: { causes: [...'abcdefghijk'].map((name) => ({ field: name })) } }),
      'correct a, b, c, d, e, f, g, h, i, j and 1 more',
    ],
    ['something that is not valid', refusal(422, 'x'), undefined],
    ['another reason to forbid', refusal(403, 'x', { details: { causes: [{ reason: 'Other' }] } }), undefined],
    [
      'another cause of a conflict',
      refusal(409, 'x', { details: { causes: [{ reason: 'Other' }] } }),
      'somebody else has changed the object: look at it as it is now, and try again',
    ],
    [
      'no such objects anywhere',
      refusal(404, 'x', { details: { kind: 'egresses' } }),
      'see what there is (context "ctx"): kubectl get egresses.policy.openservicemesh.io --all-namespaces',
      { verb: 'list', kind: kinds.Egress },
    ],
    [
      'too much to do',
      answer(429, { kind: 'Status', message: 'x' }, { 'retry-after': '7' }),
      'the API server has too much to do: try again in 7 s',
    ],
    [
      'too much to do, for how long it does not say',
      refusal(429, 'x'),
      'the API server has too much to do: try again in 1 s',
    ],
    ['a failure', refusal(500, 'x'), retry],
    ['another failure', refusal(503, 'x'), retry],
    ['a redirection', refusal(499, 'x'), undefined],
    [
      'OSM’s webhook',
      refusal(500, 'failed calling webhook "osm-validator.k8s.io": x'),
      "OSM's webhook osm-validator.k8s.io cannot be reached: check that osm-controller and osm-injector run",
    ],
    [
      'another webhook',
      refusal(500, 'failed calling webhook "x.y": z'),
      'the webhook x.y cannot be reached: check that its pods run',
    ],
    ...['error dialing backend: x', 'Get "https://10.0.0.1:10250/containerLogs/a/b": x'].map(
      (message) =>
        [
          message,
          refusal(500, message),
          'the API server does not reach the node of the pod: check that the node is ready, and the network to it',
        ] as const,
    ),
  ];
  for (const [name, given, hint, operation] of cases) {
    it(name, () => {
      const { message } = JSON.parse(given.body) as { message: string };
      assert.deepEqual(told(given, operation), hint === undefined ? [message] : [message, hint]);
    });
  }

  it('without words is told by its status, and in one line', () => {
    assert.deepEqual(
      told(answer(409, { kind: 'Status', reason: 'AlreadyExists' }))[0],
      'the API server https://k.test:6443 answers 409 AlreadyExists',
    );
    assert.deepEqual(told(answer(400, { kind: 'Status' })), ['the API server https://k.test:6443 answers 400']);
    assert.deepEqual(told(refusal(400, ' a\n\tb  c ')), ['a b c']);
  });

  it('names no context where there is none', () => {
    const given = refusal(404, 'x', { details: { name: 'e', kind: 'egresses' } });
    assert.match(told(given, onEgress, { context: null })[1]!, /^looked in namespace "n"; see/);
  });
});

describe('credentials that are not accepted', () => {
  const user = { name: 'u' };
  const cases: readonly (readonly [access: Partial<Access>, hint: string])[] = [
    [{ context: null }, 'the token of the ServiceAccount has been revoked: restart the pod'],
    [{ user: { ...user, tokenFile: '/token', token: 't' } }, 'renew the token in /token'],
    [
      { user: { ...user, token: 't' } },
      'the token has expired or was revoked: put a new one into the user "u" in /kubeconfig',
    ],
    [
      { user: { ...user, exec: { command: 'plugin' } as never, token: 't' } },
      'log in again; the credentials come from the plugin plugin',
    ],
    [
      { user: { ...user, authProvider: 'gcp' as never, token: 't' } },
      'log in again with the provider of the user "u" in /kubeconfig',
    ],
    [
      { user: { ...user, cert: Buffer.from('x'), username: 'a' } },
      'the client certificate has expired or is not trusted: fetch a new one for the user "u" in /kubeconfig',
    ],
    [{ user: { ...user, username: 'a' } }, 'correct user name and password of the user "u" in /kubeconfig'],
    [{}, 'the context "ctx" has no credentials: give its user a token, a certificate or an exec plugin'],
  ];

  it('are none where the server is asked in clear text', () => {
    const cluster = { name: 'k', server: 'http://k.test', insecureSkipTlsVerify: false };
    const [, hint] = told(answer(401, 'text'), onEgress, { cluster });
    assert.equal(
      hint,
      'credentials are sent over TLS only: let "server" of cluster "k" in /kubeconfig begin with https://',
    );
  });

  for (const [access, hint] of cases) {
    it(hint, () => {
      const who = access.context === null ? '/kubeconfig' : 'user "u" (context "ctx")';
      for (const body of [{ kind: 'Status', message: 'other words' }, 'text']) {
        assert.deepEqual(told(answer(401, body), onEgress, access), [
          `the API server https://k.test:6443 does not accept the credentials of ${who}: Unauthorized`,
          hint,
        ]);
      }
    });
  }
});

describe('an answer of something else', () => {
  const server = 'the API server https://k.test:6443 answers';

  it('is told in short, without markup', () => {
    const page = '<html><STYLE>p {}</STYLE><script type="x">\nlet a;</script><p>Log\n in</p></html>';
    assert.deepEqual(told(answer(403, page)), [`${server} 403: Log in`, otherServer]);
    assert.deepEqual(
      told(answer(400, { kind: 'Other', message: 'm' }))[0],
      `${server} 400: {"kind":"Other","message":"m"}`,
    );
    assert.deepEqual(told(answer(404, '')), [`${server} 404`, otherServer]);
    assert.deepEqual(told(answer(302, '', { location: 'https://login.test/' })), [
      `${server} 302 to https://login.test/`,
      otherServer,
    ]);
    assert.deepEqual(told(answer(400, 'x'.repeat(120)))[0], `${server} 400: ${'x'.repeat(120)}`);
    assert.deepEqual(told(answer(400, 'x'.repeat(121)))[0], `${server} 400: ${'x'.repeat(120)}…`);
  });

  it('that fails may be worth another attempt', () => {
    assert.deepEqual(told(answer(502, 'bad gateway')), [`${server} 502: bad gateway`, retry]);
    assert.deepEqual(told(answer(500, { kind: 'Other' }))[1], retry);
  });

  it('in the place of an object', () => {
    const html = { 'content-type': 'text/html; charset=utf-8' };
    assert.deepEqual(told(answer(200, '<p>x', html))[0], `${server} 200 with text/html instead of JSON: x`);
    assert.deepEqual(told(answer(200, 'x'))[0], `${server} 200 with nothing instead of JSON: x`);
    assert.deepEqual(told(answer(200, '[]'))[0], `${server} 200 with JSON that is no Kubernetes object: []`);
    assert.deepEqual(told(answer(300, '[]'))[0], `${server} 300: []`);
    assert.deepEqual(told(answer(200, '[]'), onText)[0], `${server} 200: []`);
  });

  it('names the place of the server’s address', () => {
    const proxied = { cluster: { ...connection().access.cluster, proxyUrl: 'http://a:b@proxy.test:3128/x' } };
    assert.equal(
      told(answer(400, ''), onEgress, proxied)[0],
      'the API server https://k.test:6443 through the proxy http://proxy.test:3128 answers 400',
    );
    assert.match(told(answer(400, ''), onEgress, { context: null })[1]!, /"server" of \/kubeconfig is an API server/);
    const odd = { cluster: { ...connection().access.cluster, proxyUrl: 'odd' } };
    assert.match(told(answer(400, ''), onEgress, odd)[0], /through the proxy odd answers/);
  });
});

describe('what an answer says besides', () => {
  it('how long to wait: the head counts before the body, and only whole seconds', () => {
    const body = { kind: 'Status', details: { retryAfterSeconds: 3 } };
    assert.equal(retryAfterSeconds(answer(429, body, { 'retry-after': '7' })), 7);
    assert.equal(retryAfterSeconds(answer(429, body, { 'retry-after': '70' })), 70);
    for (const odd of ['x7', '7x', '', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      assert.equal(retryAfterSeconds(answer(429, body, { 'retry-after': odd })), 3, odd);
    }
    assert.equal(retryAfterSeconds(answer(429, 'x')), undefined);
    assert.equal(retryAfterSeconds(answer(200, body)), undefined);
    assert.equal(retryAfterSeconds(answer(429, { ...body, details: { retryAfterSeconds: '3' } })), undefined);
  });

  it('whether it is the path that is not known, or the object', () => {
    const of = (status: number, details?: object): boolean => isUnknownPath(refusal(status, 'x', { details }));
    assert.ok(isUnknownPath(answer(404, '404 page not found')));
    assert.ok(of(404));
    assert.ok(of(404, {}));
    assert.ok(!of(404, { kind: 'egresses' }));
    assert.ok(!of(404, { name: 'e' }));
    assert.ok(!of(403));
    assert.ok(!isUnknownPath(answer(403, 'x')));
  });

  it('how to look at what became of an object', () => {
    assert.equal(lookAt(onEgress), 'kubectl get egresses.policy.openservicemesh.io e -n n -o yaml');
    assert.equal(lookAt(onNamespace), 'kubectl get namespaces e -o yaml');
    assert.equal(lookAt({ verb: 'list', kind: kinds.Pod }), 'kubectl get pods -o yaml');
    assert.equal(lookAt(onText), undefined);
  });
});

describe('an answer that is an object', () => {
  const metadata = { name: 'p', namespace: 'n' };
  const read = (body: unknown, operation: Operation): string => {
    try {
      readObject(answer(200, body), operation, connection());
      return 'good';
    } catch (error) {
      const { message, hint } = error as { message: string; hint?: string };
      assert.equal(hint, otherServer);
      return message.replace('the API server https://k.test:6443 answers 200 with ', '');
    }
  };
  const get: Operation = { verb: 'get', kind: kinds.Pod, name: 'p', namespace: 'n' };
  const list: Operation = { verb: 'list', kind: kinds.Pod };

  it('or list of objects, of the kind that was asked for', () => {
    const good: readonly (readonly [body: object, operation: Operation])[] = [
      [{ kind: 'Pod', metadata }, get],
      [{ kind: 'Pod', metadata: { name: 'p', namespace: null, labels: null, annotations: { a: 'b' } } }, get],
      [{ kind: 'PodList', metadata: { continue: null }, items: [{ metadata }] }, list],
      [{ kind: 'PodList', metadata: { continue: 'x' }, items: null }, list],
      [{ kind: 'PodList' }, list],
      [{ kind: 'Anything', metadata }, onText],
      [{ kind: 'Status' }, { ...get, verb: 'delete' }],
    ];
    for (const [body, operation] of good) assert.equal(read(body, operation), 'good', JSON.stringify(body));
  });

  it('nothing else is taken for one', () => {
    const noObject = 'JSON that is no Kubernetes object: ';
    const bad: readonly (readonly [body: unknown, operation: Operation, message: string])[] = [
      [[], get, `${noObject}[]`],
      [null, get, `${noObject}null`],
      [{ kind: 7, metadata }, get, `${noObject}{"kind":7,"metadata":{"name":"p","namespace":"n"}}`],
      [{ kind: 'PodList', items: [] }, get, 'PodList in the place of Pod'],
      [{ kind: 'Pod', metadata }, list, 'Pod in the place of PodList'],
      [{ kind: `X${'x'.repeat(70)}`, metadata }, get, `X${'x'.repeat(59)} in the place of Pod`],
      [{ kind: 'Pod' }, get, 'a malformed Pod: metadata is not a map'],
      [{ kind: 'Anything' }, onText, 'a malformed Anything: metadata is not a map'],
      [{ kind: 'Anything', metadata: {} }, onText, 'a malformed Anything: metadata.name is not a string'],
      [
        { kind: 'Anything', metadata: { name: 'a', namespace: 1 } },
        onText,
        'a malformed Anything: metadata.namespace is not a string',
      ],
      [{ kind: 'Pod', metadata: { name: 1 } }, get, 'a malformed Pod: metadata.name is not a string'],
      [
        { kind: 'Pod', metadata: { name: 'p', namespace: 1 } },
        get,
        'a malformed Pod: metadata.namespace is not a string',
      ],
      ...['labels', 'annotations'].flatMap((field) =>
        ['x', { a: 'b', c: 1 }].map(
          (value) =>
            [
              { kind: 'Pod', metadata: { ...metadata, [field]: value } },
              get,
              `a malformed Pod: metadata.${field} is not a map of strings`,
            ] as const,
        ),
      ),
      [{ kind: 'Pod', metadata, spec: 7 }, get, 'a malformed Pod: spec is not a map'],
      [{ kind: 'PodList', metadata: { continue: 5 } }, list, 'a malformed PodList: metadata.continue is not a string'],
      [{ kind: 'PodList', items: {} }, list, 'a malformed PodList: items is not a list'],
      [{ kind: 'PodList', items: [{ metadata }, 7] }, list, 'a malformed PodList: items[1]: it is not a map'],
      [{ kind: 'PodList', items: [{}] }, list, 'a malformed PodList: items[0]: metadata is not a map'],
    ];
    for (const [body, operation, message] of bad) assert.equal(read(body, operation), message);
  });

  it('a status is read as far as it has the right shape', () => {
    const empty = { details: { causes: [] } };
    assert.deepEqual([readStatus(null), readStatus('x')], [empty, empty]);
    const given = {
      status: 'Failure',
      message: 7,
      reason: 'R',
      details: {
        name: 'n',
        kind: 'k',
        retryAfterSeconds: 1,
        causes: [null, 1, { reason: 2, field: 'f', message: 'm' }],
      },
    };
    assert.deepEqual(readStatus(given), {
      status: 'Failure',
      message: undefined,
      reason: 'R',
      details: {
        name: 'n',
        kind: 'k',
        retryAfterSeconds: 1,
        causes: [{ reason: undefined, field: 'f', message: 'm' }],
      },
    });
    assert.deepEqual(readStatus({ details: { causes: {} } }).details.causes, []);
    assert.deepEqual(readStatus({ details: 'x' }).details.causes, []);
  });

  it('the versions of a group that the server has', () => {
    const versions = (group: HttpAnswer | undefined): readonly string[] =>
      (explainMissingKind(onEgress, group) as MissingKindError).servedVersions;
    const body = { versions: [{ version: 'v1' }, null, {}, { version: 2 }, { version: 'v2' }] };
    assert.deepEqual(versions(answer(200, body)), ['v1', 'v2']);
    for (const other of [
      undefined,
      answer(404, body),
      answer(200, 'x'),
      answer(200, { versions: {} }),
      answer(200, []),
    ]) {
      assert.deepEqual(versions(other), []);
    }
    assert.ok(explainMissingKind(onEgress, undefined) instanceof MissingKindError);
    assert.equal(explainMissingKind(onText, undefined), undefined);
  });
});
