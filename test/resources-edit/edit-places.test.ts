import assert from 'node:assert/strict';
import { editManifestText } from '../../src/lib/resources/edit/edit-file.js';
import { differences, EditRefusedError, type FieldEdit } from '../../src/lib/resources/edit/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { Egress, HTTPRouteGroup, MeshConfig, Resource } from '../../src/lib/resources/types.js';

type Change<T> = readonly FieldEdit[] | ((spec: T) => void);

/** The text after changes of its last object: of its fields one by one, or as they differ from what they were. */
function edit<T>(text: string, change: Change<T>): string {
  const { objects, locate } = parseManifests(text, 'x.yaml');
  const before = objects.at(-1)!;
  const after = structuredClone(before) as Resource & { spec: T };
  if (typeof change === 'function') change(after.spec);
  const edits = typeof change === 'function' ? differences(before, after) : change;
  return editManifestText(text, 'x.yaml', objects, [{ kind: 'edit', before, edits, at: locate(before)! }]);
}

const EGRESS = 'apiVersion: policy.openservicemesh.io/v1alpha1\nkind: Egress\nmetadata: {name: e, namespace: curl}\n';
const GROUP = 'apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: {name: g, namespace: curl}\n';
const MESH = 'apiVersion: config.openservicemesh.io/v1alpha2\nkind: MeshConfig\nmetadata: {name: osm-mesh-config}\n';
const rest = '  sources: []\n  ports: []\n';

function cases<T>(
  title: string,
  head: string,
  table: readonly (readonly [name: string, before: string, change: Change<T>, after: string])[],
): void {
  describe(title, () => {
    for (const [name, before, change, after] of table) {
      it(name, () => assert.equal(edit(head + before, change).slice(head.length), after));
    }
  });
}

const push =
  (...hosts: string[]): Change<Egress['spec']> =>
  (spec) =>
    void spec.hosts!.push(...hosts);
const without =
  (...indices: number[]): Change<Egress['spec']> =>
  (spec) =>
    void (spec.hosts = spec.hosts!.filter((_, index) => !indices.includes(index)));

const hosts = (text: string): string => `spec:\n${rest}  hosts: ${text}\n`;

cases<Egress['spec']>('editing in place: lists in brackets', EGRESS, [
  ['neighbours that go', hosts('[a, b, c, d, e]'), without(1, 2), hosts('[a, d, e]')],
  ['the first ones', hosts('[a, b, c]'), without(0, 1), hosts('[c]')],
  ['the last ones', hosts('[a, b, c]'), without(1, 2), hosts('[a]')],
  ['here and there', hosts('[a, b, c, d, e]'), without(0, 2, 4), hosts('[b, d]')],
  ['behind the only entry', hosts('[a]'), push('b', 'c'), hosts('[a, b, c]')],
  ['behind the only entry, with spaces inside', hosts('[   a   ]'), push('b'), hosts('[   a, b   ]')],
  ['as far apart as the others', hosts('[a,   b]'), push('c'), hosts('[a,   b,   c]')],
  ['behind entries without spaces', hosts('[a,b]'), push('c'), hosts('[a,b, c]')],
  [
    'before the first one',
    hosts('[a,  b]'),
    [{ op: 'insert', path: ['spec', 'hosts'], index: 0, values: ['x', 'z'] }],
    hosts('[x, z, a,  b]'),
  ],
  [
    'between two',
    hosts('[a, b]'),
    [{ op: 'insert', path: ['spec', 'hosts'], index: 1, values: ['x'] }],
    hosts('[a, x, b]'),
  ],
  [
    'in the place of one that goes',
    hosts('[a, b, c]'),
    [
      { op: 'remove', path: ['spec', 'hosts', 1] },
      { op: 'insert', path: ['spec', 'hosts'], index: 2, values: ['x'] },
    ],
    hosts('[a, x, c]'),
  ],
  [
    'before all that stay',
    hosts('[a,  b,  c]'),
    [
      { op: 'remove', path: ['spec', 'hosts', 0] },
      { op: 'insert', path: ['spec', 'hosts'], index: 0, values: ['x'] },
    ],
    hosts('[x,  b,  c]'),
  ],
  [
    'over lines, without empty ones',
    hosts('[\n    a, \n\n    b,\n  ]'),
    push('c'),
    hosts('[\n    a, \n\n    b,\n    c,\n  ]'),
  ],
  [
    'the only one, on a line of its own',
    hosts('[\n    a\n  ]'),
    push('b', 'c'),
    hosts('[\n    a,\n    b,\n    c\n  ]'),
  ],
  [
    'in the place of another on its line',
    hosts('[\n    a,\n    b\n  ]'),
    [{ op: 'set', path: ['spec', 'hosts', 0], value: 'x' }],
    hosts('[\n    x,\n    b\n  ]'),
  ],
  [
    'where there was none',
    hosts('[]'),
    [{ op: 'insert', path: ['spec', 'hosts'], index: 0, values: ['x'] }],
    hosts('[x]'),
  ],
  ['behind a comment', hosts('[ a # one\n    ]'), push('b', 'c'), hosts('[ a, # one\nb,\nc\n    ]')],
  ['behind a comment over lines', hosts('[\n    a # one\n    ]'), push('b'), hosts('[\n    a, # one\n    b\n    ]')],
]);

cases<Egress['spec']>('editing in place: lists over lines', EGRESS, [
  [
    'an item of braces further down is not theirs',
    `spec:\n  sources: []\n  ports:\n  - number: 80\n    protocol: http\n  hosts: [a]\n`,
    (spec) => void spec.ports.push({ number: 443, protocol: 'https' }),
    `spec:\n  sources: []\n  ports:\n  - number: 80\n    protocol: http\n  - number: 443\n    protocol: https\n  hosts: [a]\n`,
  ],
  [
    'before the first one, and in the place of another',
    `spec:\n${rest}  hosts: # all\n  # one\n  - a # a\n  # two\n  - b\n`,
    [
      { op: 'insert', path: ['spec', 'hosts'], index: 0, values: ['x', 'w'] },
      { op: 'remove', path: ['spec', 'hosts', 1] },
      { op: 'insert', path: ['spec', 'hosts'], index: 1, values: ['z'] },
    ],
    `spec:\n${rest}  hosts: # all\n  # one\n  - x\n  - w\n  - a # a\n  - z\n  # two\n`,
  ],
  [
    'a list in the place of another stands behind its comments',
    `spec:\n${rest}  hosts: # all\n  # one\n  - a\n  - b\n`,
    [{ op: 'set', path: ['spec', 'hosts'], value: ['x', 'z'] }],
    `spec:\n${rest}  hosts: # all\n  # one\n  - x\n  - z\n`,
  ],
  [
    'maps in braces over lines are written on one',
    `spec:\n  sources: []\n  ports: [{number: 80,\n      protocol: http}]\n`,
    (spec) => void spec.ports.push({ number: 443, protocol: 'https' }),
    `spec:\n  sources: []\n  ports: [{number: 80,\n      protocol: http}, {number: 443, protocol: https}]\n`,
  ],
]);

cases<Egress['spec']>('editing in place: values', EGRESS, [
  [
    'a list that was empty stands as deep as lists do',
    'spec:\n    sources:\n    - {kind: ServiceAccount, name: c, namespace: c}\n    ports: [] # none\n    hosts: []\n',
    (spec) => {
      spec.ports = [{ number: 80, protocol: 'http' }];
      spec.hosts = ['a'];
    },
    'spec:\n    sources:\n    - {kind: ServiceAccount, name: c, namespace: c}\n    ports: # none\n    - number: 80\n      protocol: http\n    hosts: [a]\n',
  ],
  [
    'nothing before a comment becomes a list',
    `spec:\n${rest}  hosts: # none\n  # at all\n`,
    (spec) => (spec.hosts = ['a']),
    `spec:\n${rest}  hosts: # none\n    - a\n  # at all\n`,
  ],
  [
    'a field with a space before its colon',
    'spec:\n  sources: []\n  ports : []\n',
    (spec) => (spec.ports = [{ number: 80, protocol: 'http' }]),
    'spec:\n  sources: []\n  ports :\n    - number: 80\n      protocol: http\n',
  ],
  [
    'of a field that is there twice the last one counts',
    `spec:\n${rest}  hosts: [a]\n  hosts: [b]\n`,
    push('c'),
    `spec:\n${rest}  hosts: [a]\n  hosts: [b, c]\n`,
  ],
  [
    'a field in braces over lines',
    'spec: {\n    sources: [],\n    ports: []\n  }\n',
    (spec) => (spec.hosts = ['a']),
    'spec: {\n    sources: [],\n    ports: [],\n    hosts: [a]\n  }\n',
  ],
  [
    'a field behind one without value',
    'spec: {sources: [], ports: [], ipAddresses}\n',
    (spec) => (spec.hosts = ['a']),
    'spec: {sources: [], ports: [], ipAddresses, hosts: [a]}\n',
  ],
  [
    'a key that an alias stands for is not the field of its name',
    `x: &hosts other\nspec:\n${rest}  hosts: [a]\n  *hosts : [z]\n`,
    push('b'),
    `x: &hosts other\nspec:\n${rest}  hosts: [a, b]\n  *hosts : [z]\n`,
  ],
  [
    'a field goes, and not one whose key an alias stands for',
    `x: &hosts other\nspec:\n${rest}  *hosts : [z]\n  hosts: [a]\n`,
    (spec) => void delete spec.hosts,
    `x: &hosts other\nspec:\n${rest}  *hosts : [z]\n`,
  ],
]);

cases<HTTPRouteGroup['spec']>('editing in place: maps in lists', GROUP, [
  [
    'the first field goes, and the next one takes its place',
    'spec:\n  matches:\n  - methods: [GET]\n    # which\n    name: m\n    pathRegex: /x\n',
    ({ matches }) => void delete matches[0]!.methods,
    'spec:\n  matches:\n  - name: m\n    pathRegex: /x\n',
  ],
  [
    'a field goes from braces',
    'spec:\n  matches: [{name: m, methods: [GET], pathRegex: /x}, {methods: [GET], name: o}]\n',
    ({ matches }) => matches.forEach((match) => void delete match.methods),
    'spec:\n  matches: [{name: m, pathRegex: /x}, {name: o}]\n',
  ],
  [
    'a list deep inside that was empty',
    'spec:\n  matches:\n  - name: m\n    headers: []\n',
    ({ matches }) => (matches[0]!.headers = [{ a: 'b' }]),
    'spec:\n  matches:\n  - name: m\n    headers:\n    - a: b\n',
  ],
  [
    'the last field of a map leaves an empty one',
    'spec:\n  matches:\n  - name: m\n    headers:\n    - a: b # c\n    - c: d\n',
    ({ matches }) => (matches[0]!.headers = [{}, { c: 'd' }]),
    'spec:\n  matches:\n  - name: m\n    headers:\n    - {} # c\n    - c: d\n',
  ],
  [
    'a list deep inside that a merge brings is written out once',
    'x: &x {methods: [GET, PUT, PATCH]}\nspec:\n  matches:\n  - {name: m, <<: *x}\n',
    ({ matches }) => (matches[0]!.methods = ['HEAD', 'GET', 'PATCH', 'POST']),
    'x: &x {methods: [GET, PUT, PATCH]}\nspec:\n  matches:\n  - {name: m, <<: *x, methods: [HEAD, GET, PATCH, POST]}\n',
  ],
  [
    'an item that is an alias, behind one that goes',
    'x: &x {name: m, pathRegex: /x}\nspec:\n  matches:\n  - {name: o}\n  - *x\n',
    [
      { op: 'remove', path: ['spec', 'matches', 0] },
      { op: 'set', path: ['spec', 'matches', 1, 'name'], value: 'p' },
    ],
    'x: &x {name: m, pathRegex: /x}\nspec:\n  matches:\n  - {name: p, pathRegex: /x}\n',
  ],
  [
    'a field of an item of a list that is an alias',
    'x: &x [{name: m, pathRegex: /x}]\nspec:\n  matches: *x\n',
    ({ matches }) => (matches[0]!.pathRegex = '/y'),
    'x: &x [{name: m, pathRegex: /x}]\nspec:\n  matches: [{name: m, pathRegex: /y}]\n',
  ],
  [
    'an alias for all of it',
    'x: &x {matches: [{name: m, pathRegex: /x}]}\nspec: *x\n',
    ({ matches }) => (matches[0]!.pathRegex = '/y'),
    'x: &x {matches: [{name: m, pathRegex: /x}]}\nspec: {matches: [{name: m, pathRegex: /y}]}\n',
  ],
  [
    'what goes with its anchor and all that refers to it',
    'y: &y a\nspec:\n  matches:\n  - {name: m, methods: [&g GET, *g], pathRegex: /x}\nz: *y\n',
    ({ matches }) => void delete matches[0]!.methods,
    'y: &y a\nspec:\n  matches:\n  - {name: m, pathRegex: /x}\nz: *y\n',
  ],
]);

const on: Change<MeshConfig['spec']> = (spec) =>
  void (spec!.featureFlags = { ...spec!.featureFlags, enableEgressPolicy: true });

cases<MeshConfig['spec']>('editing in place: maps', MESH, [
  ['a map that was empty', 'spec: {}\n', on, 'spec:\n  featureFlags:\n    enableEgressPolicy: true\n'],
  [
    'a map inside that was empty',
    'spec:\n    featureFlags: {} # none\n',
    on,
    'spec:\n    featureFlags: # none\n        enableEgressPolicy: true\n',
  ],
  [
    'one that becomes empty',
    'spec:\n  featureFlags: # all\n    enableEgressPolicy: true\n  traffic: {}\n',
    (spec) => (spec!.featureFlags = {}),
    'spec:\n  featureFlags: {} # all\n  traffic: {}\n',
  ],
  [
    'a value that is not there yet',
    'spec:\n  featureFlags:\n    enableEgressPolicy:\n',
    on,
    'spec:\n  featureFlags:\n    enableEgressPolicy: true\n',
  ],
  [
    'a value that is not there yet, behind its space',
    'spec:\n  featureFlags:\n    enableEgressPolicy: # off\n',
    on,
    'spec:\n  featureFlags:\n    enableEgressPolicy: true # off\n',
  ],
  [
    'spaces before a value stay',
    'spec:\n  featureFlags:\n    enableEgressPolicy:   false  # off\n',
    on,
    'spec:\n  featureFlags:\n    enableEgressPolicy:   true  # off\n',
  ],
]);

it('editing in place: braces are as wide as elsewhere', () => {
  const text = `${EGRESS.replace('{name: e, namespace: curl}', '{ name: e, namespace: curl }')}spec: { sources: [], ports: [] }\n`;
  const change: Change<Egress['spec']> = (spec) => (spec.ports = [{ number: 80, protocol: 'http' }]);
  assert.equal(edit(text, change), text.replace('ports: []', 'ports: [{ number: 80, protocol: http }]'));
});

describe('editing in place: JSON', () => {
  const object = {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: 'e', namespace: 'curl' },
    spec: { sources: [], ports: [] } as unknown as Egress['spec'],
  };
  const change = (spec: Egress['spec']): void => {
    spec.ports = [{ number: 80, protocol: 'http' }];
    spec.matches = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'g' }];
  };
  const after = structuredClone(object);
  change(after.spec);
  const spaced = (value: unknown): string => JSON.stringify(value).replace(/(?<=[:,])(?=["[{\d])/g, ' ');

  it('is spread over lines where it is', () => {
    for (const unit of [undefined, 1, 2, 4, '\t']) {
      assert.equal(edit(JSON.stringify(object, null, unit), change), JSON.stringify(after, null, unit));
    }
    assert.equal(edit(`\n${JSON.stringify(object, null, 4)}`, change), `\n${JSON.stringify(after, null, 4)}`);
    assert.equal(edit(spaced(object), change), spaced(after));
  });

  it('values are replaced as they stand', () => {
    const protocol: Change<Egress['spec']> = (spec) => (spec.ports[0]!.protocol = 'tcp');
    const more: Change<Egress['spec']> = (spec) => void spec.ports.push({ number: 81, protocol: 'tcp' });
    for (const text of [JSON.stringify(after), JSON.stringify(after, null, 2), spaced(after)]) {
      assert.equal(edit(text, protocol), text.replace('"http"', '"tcp"'));
    }
    const line = (number: number, text: string): string => `{"number": ${number}, "protocol": "${text}"}`;
    const list = (...lines: string[]): string =>
      JSON.stringify(object, null, 2).replace('"ports": []', `"ports": [\n      ${lines.join(',\n      ')}\n    ]`);
    assert.equal(edit(list(line(80, 'http')), more), list(line(80, 'http'), line(81, 'tcp')));
    const odd = '{"number": 80,\n       "protocol": "http"}';
    assert.equal(edit(list(odd), more), list(odd, '{\n        "number": 81,\n        "protocol": "tcp"\n      }'));
  });
});

describe('editing in place: refused', () => {
  const unable = 'this is written in a way that cannot be changed in place';
  const question = `spec:\n${rest}  ? hosts\n  : - a\n    - b\n`;
  const refused: readonly (readonly [name: string, text: string, change: Change<never>, message: string])[] = [
    ['an item whose dash does not begin its line goes', EGRESS + question, without(0), `8:5: Egress curl/e: ${unable}`],
    [
      'a field beside one whose key is written with a question mark',
      EGRESS + question,
      [{ op: 'set', path: ['spec', 'ipAddresses'], value: ['10.0.0.0/8'] }],
      `5:3: Egress curl/e: ${unable}`,
    ],
    [
      'a value whose key is written with a question mark',
      `${EGRESS}spec:\n${rest}  ? hosts\n  : []\n`,
      push('a'),
      `5:3: Egress curl/e: ${unable}`,
    ],
    [
      'no entry stays',
      EGRESS + hosts('[a, b]'),
      [0, 1].map((index) => ({ op: 'remove', path: ['spec', 'hosts', index] })),
      `7:10: Egress curl/e: ${unable}`,
    ],
    [
      'the first two fields of an item go',
      `${GROUP}spec:\n  matches:\n  - methods: [GET]\n    headers: []\n    name: m\n`,
      ['methods', 'headers'].map((name) => ({ op: 'remove', path: ['spec', 'matches', 0, name] })),
      `6:5: HTTPRouteGroup curl/g: ${unable}`,
    ],
    [
      'the only field of an item goes',
      `${GROUP}spec:\n  matches:\n  - name: m\n    headers:\n    - a: b\n`,
      [{ op: 'remove', path: ['spec', 'matches', 0, 'headers', 0, 'a'] }],
      `8:7: HTTPRouteGroup curl/g: ${unable}`,
    ],
    [
      'a field that has no value in braces',
      `${EGRESS}spec: {sources: [], ports: [], hosts}\n`,
      [{ op: 'set', path: ['spec', 'hosts'], value: ['a'] }],
      '4:7: Egress curl/e: spec.hosts is not written as a value',
    ],
    [
      'an item of what is no list',
      EGRESS + hosts('[a]'),
      [{ op: 'insert', path: ['spec'], index: 0, values: ['a'] }],
      '5:3: Egress curl/e: spec is not written as a list',
    ],
    [
      'a field of what is no map',
      EGRESS + hosts('[a]'),
      [{ op: 'set', path: ['spec', 'hosts', 'x'], value: 'a' }],
      '7:10: Egress curl/e: spec.hosts.x is not written as a map',
    ],
    [
      'a field of a word',
      EGRESS + hosts('[a]'),
      [{ op: 'set', path: ['spec', 'hosts', 0, 'x'], value: 'a' }],
      '7:11: Egress curl/e: spec.hosts[0].x is not written as a map',
    ],
    [
      'an alias inside of what is repeated',
      `${EGRESS}h: &h [a]\nspec: &s\n${rest}  hosts: *h\nx: *s\n`,
      push('b'),
      '6:3: Egress curl/e: what is to be changed is part of &s, which an alias repeats elsewhere: that would change too',
    ],
  ];
  for (const [name, text, change, message] of refused) {
    it(name, () => {
      assert.throws(
        () => edit(text, change),
        (error: EditRefusedError) => {
          assert.ok(error instanceof EditRefusedError, String(error));
          assert.equal(error.describe(), `x.yaml:${message}`);
          return true;
        },
      );
    });
  }
});
