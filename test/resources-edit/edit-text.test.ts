import assert from 'node:assert/strict';
import { editManifestText, type ManifestChange } from '../../src/lib/resources/edit/edit-file.js';
import { EditRefusedError, differences, editManifestBytes } from '../../src/lib/resources/edit/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { Egress, HTTPRouteGroup, MeshConfig, Resource } from '../../src/lib/resources/types.js';

/** The text after a change of its objects. */
function edit<T extends Resource = Egress>(
  text: string,
  change: (...objects: T[]) => void,
  created: Resource[] = [],
  defaultNamespace = 'default',
): string {
  const manifests = parseManifests(text, 'x.yaml', { defaultNamespace });
  const after = structuredClone(manifests.objects);
  change(...(after as T[]));
  const changes = manifests.objects.flatMap((before, index): ManifestChange[] => {
    const edits = differences(before, after[index]);
    return edits.length > 0 ? [{ kind: 'edit', before, edits, at: manifests.locate(before)! }] : [];
  });
  const additions = created.map((object): ManifestChange => ({ kind: 'create', object }));
  return editManifestText(text, 'x.yaml', manifests.objects, [...changes, ...additions], defaultNamespace);
}

const HEAD = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: e, namespace: curl}
`;
const GROUP: HTTPRouteGroup = {
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name: 'g', namespace: 'curl' },
  spec: { matches: [{ name: 'm', pathRegex: '/x' }] },
};
const GROUP_TEXT = `apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata:
  name: g
  namespace: curl
spec:
  matches:
  - name: m
    pathRegex: /x
`;

/** Only the spec, for short tests. */
const editSpec = (spec: string, change: (spec: Egress['spec']) => void): string =>
  edit(`${HEAD}spec:\n${spec}`, (policy) => change(policy.spec)).slice(`${HEAD}spec:\n`.length);

const SOURCES = `  sources: [{kind: ServiceAccount, name: curl, namespace: curl}]\n`;

describe('editing manifests: how it looks', () => {
  const cases: readonly [name: string, before: string, change: (spec: Egress['spec']) => void, after: string][] = [
    [
      'a new item stands like its neighbours, behind their comments and before what follows',
      `${SOURCES}  hosts: # all of them\n    # first\n    - 'a.com' # one\n    # second\n    - 'b.com' # two\n    # after\n\n  ports: []\n`,
      (spec) => spec.hosts!.push('c.com'),
      `${SOURCES}  hosts: # all of them\n    # first\n    - 'a.com' # one\n    # second\n    - 'b.com' # two\n    - 'c.com'\n    # after\n\n  ports: []\n`,
    ],
    [
      'an item goes with the comment on its line, and no other',
      `${SOURCES}  hosts:\n  # first\n  - a.com # one\n  # second\n  - b.com # two\n  ports: []\n`,
      (spec) => spec.hosts!.shift(),
      `${SOURCES}  hosts:\n  # first\n  # second\n  - b.com # two\n  ports: []\n`,
    ],
    [
      'items in brackets, over several lines',
      `${SOURCES}  hosts: [ a.com, # one\n           b.com # two\n         ]\n  ports: []\n`,
      (spec) => spec.hosts!.push('c.com'),
      `${SOURCES}  hosts: [ a.com, # one\n           b.com, # two\n           c.com\n         ]\n  ports: []\n`,
    ],
    [
      'a map like its neighbour in braces',
      `${SOURCES}  ports:\n    - { number: 80, protocol: "http" } # web\n`,
      (spec) => spec.ports.push({ number: 443, protocol: 'https' }),
      `${SOURCES}  ports:\n    - { number: 80, protocol: "http" } # web\n    - { number: 443, protocol: "https" }\n`,
    ],
    [
      'a map like its neighbour over lines',
      `${SOURCES}  ports:\n    - number: 80\n      protocol: http\n  # end\n`,
      (spec) => spec.ports.push({ number: 443, protocol: 'https' }),
      `${SOURCES}  ports:\n    - number: 80\n      protocol: http\n    - number: 443\n      protocol: https\n  # end\n`,
    ],
    [
      'a word keeps its quotes and its comment',
      `${SOURCES}  ports:\n  - {number: 80, protocol: 'HTTP'} # why\n`,
      (spec) => (spec.ports[0]!.protocol = 'http'),
      `${SOURCES}  ports:\n  - {number: 80, protocol: 'http'} # why\n`,
    ],
    [
      'a list that was empty, and one that was not there',
      `${SOURCES}  hosts: [] # none\n  ports: []\n  ipAddresses:\n`,
      (spec) => {
        spec.hosts!.push('a.com');
        spec.ports.push({ number: 80, protocol: 'http' });
        spec.ipAddresses = ['10.0.0.0/8'];
        spec.matches = [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'g' }];
      },
      `${SOURCES}  hosts: [a.com] # none\n  ports:\n    - number: 80\n      protocol: http\n  ipAddresses:\n    - 10.0.0.0/8\n` +
        `  matches:\n    - apiGroup: specs.smi-spec.io/v1alpha4\n      kind: HTTPRouteGroup\n      name: g\n`,
    ],
    [
      'the last item leaves an empty list',
      `${SOURCES}  hosts: # why\n    # which\n    - a.com\n    # end\n  ports: []\n`,
      (spec) => (spec.hosts = []),
      `${SOURCES}  hosts: [] # why\n    # which\n    # end\n  ports: []\n`,
    ],
    [
      'a field goes with all its lines',
      `${SOURCES}  ports: []\n  # ranges\n  ipAddresses:\n    - 10.0.0.0/8 # private\n  hosts: [a.com]\n`,
      (spec) => delete spec.ipAddresses,
      `${SOURCES}  ports: []\n  # ranges\n  hosts: [a.com]\n`,
    ],
    [
      'words that YAML would take for something else are quoted, others are not',
      `${SOURCES}  hosts:\n    - a.com\n  ports: []\n`,
      (spec) => spec.hosts!.push('1_000', 'yes', '*.b.com', 'c.com'),
      `${SOURCES}  hosts:\n    - a.com\n    - "1_000"\n    - "yes"\n    - "*.b.com"\n    - c.com\n  ports: []\n`,
    ],
    [
      'no line break at the end stays so',
      `${SOURCES}  ports: []\n  hosts:\n  - a.com`,
      (spec) => spec.hosts!.push('b.com'),
      `${SOURCES}  ports: []\n  hosts:\n  - a.com\n  - b.com`,
    ],
  ];
  for (const [name, before, change, after] of cases) {
    it(name, () => assert.equal(editSpec(before, change), after));
  }

  it('JSON keeps its indentation, or its lack of one', () => {
    const object = {
      ...(JSON.parse('{"apiVersion":"policy.openservicemesh.io/v1alpha1","kind":"Egress"}') as object),
      metadata: { name: 'e', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'c', namespace: 'c' }],
        hosts: ['a'],
        ports: [{ number: 80, protocol: 'http' }],
      },
    };
    const change = ({ spec }: Egress) => {
      spec.hosts!.push('b');
      spec.ports.push({ number: 443, protocol: 'https' });
      spec.ipAddresses = ['10.0.0.0/8'];
    };
    const after = structuredClone(object) as unknown as Egress;
    change(after);
    for (const unit of [undefined, 2, 4, '\t']) {
      assert.equal(edit(JSON.stringify(object, null, unit), change), JSON.stringify(after, null, unit));
    }
  });

  it('switches the flag on in a MeshConfig of any shape', () => {
    const head =
      'apiVersion: config.openservicemesh.io/v1alpha2\nkind: MeshConfig\nmetadata:\n  name: osm-mesh-config\n  namespace: osm-system\n';
    const enable = (config: MeshConfig) => {
      config.spec ??= {};
      config.spec.featureFlags = { ...config.spec.featureFlags, enableEgressPolicy: true };
    };
    const after = (text: string) => edit<MeshConfig>(head + text, enable).slice(head.length);
    assert.equal(
      after('spec:\n  featureFlags:\n    enableEgressPolicy: false # off\n    other: true\n'),
      'spec:\n  featureFlags:\n    enableEgressPolicy: true # off\n    other: true\n',
    );
    assert.equal(
      after('spec:\n  traffic: {}\n'),
      'spec:\n  traffic: {}\n  featureFlags:\n    enableEgressPolicy: true\n',
    );
    assert.equal(after('spec: {traffic: {}}\n'), 'spec: {traffic: {}, featureFlags: {enableEgressPolicy: true}}\n');
    assert.equal(after(''), 'spec:\n  featureFlags:\n    enableEgressPolicy: true\n');
  });
});

describe('editing manifests: new objects', () => {
  const policy = `${HEAD}spec:\n${SOURCES}  ports: []\n`;
  for (const [name, before, after] of [
    ['behind a document', policy, `${policy}---\n${GROUP_TEXT}`],
    ['behind a last line without line break', policy.trimEnd(), `${policy}---\n${GROUP_TEXT}`],
    ['behind a separator', `${policy}---\n`, `${policy}---\n${GROUP_TEXT}`],
    [
      'with the line ends of the file',
      policy.replaceAll('\n', '\r\n'),
      `${policy}---\n${GROUP_TEXT}`.replaceAll('\n', '\r\n'),
    ],
    ['behind an end of documents', `${policy}...\n`, `${policy}...\n---\n${GROUP_TEXT}`],
  ] as const) {
    it(name, () =>
      assert.equal(
        edit(before, () => undefined, [GROUP]),
        after,
      ),
    );
  }

  it('in a file of JSON they are JSON', () => {
    const text = `${JSON.stringify(parseManifests(policy, 'x').objects[0])}\n`;
    assert.equal(
      edit(text, () => undefined, [GROUP]),
      `${text}${JSON.stringify(GROUP, null, 2)}\n`,
    );
  });

  it('make a new file', async () => {
    const bytes = await editManifestBytes(Buffer.alloc(0), 'new.yaml', [], [{ kind: 'create', object: GROUP }]);
    assert.equal(bytes.toString(), GROUP_TEXT);
  });
});

describe('editing manifests: anchors', () => {
  const list = (first: string, second: string) =>
    `apiVersion: v1\nkind: List\nitems:\n- apiVersion: policy.openservicemesh.io/v1alpha1\n  kind: Egress\n  metadata: {name: a, namespace: curl}\n  spec:${first}` +
    `- apiVersion: policy.openservicemesh.io/v1alpha1\n  kind: Egress\n  metadata: {name: b, namespace: curl}\n  spec:${second}`;
  const shared = list(
    ` &spec\n    sources: &s [{kind: ServiceAccount, name: curl, namespace: curl}]\n    hosts: &h\n    - a.com\n    ports: []\n`,
    `\n    <<: *spec\n    hosts: *h\n`,
  );

  it('what stands behind an alias is written out where it changes', () => {
    assert.equal(
      edit(shared, (_, second) => void second.spec.hosts!.push('b.com')),
      shared.replace('hosts: *h', 'hosts: [a.com, b.com]'),
    );
  });

  it('so is what comes from a merge', () => {
    assert.equal(
      edit(shared, (_, second) => void second.spec.ports.push({ number: 80, protocol: 'http' })),
      `${shared}    ports:\n    - number: 80\n      protocol: http\n`,
    );
  });

  it('what an alias repeats is not changed, as the other place would change too', () => {
    assert.throws(
      () => edit(shared, (first) => void first.spec.hosts!.push('b.com')),
      (error: EditRefusedError) => {
        assert.ok(error instanceof EditRefusedError);
        assert.equal(
          error.describe(),
          'x.yaml:8:5: Egress curl/a: what is to be changed is part of &spec, which an alias repeats elsewhere: that would change too',
        );
        return true;
      },
    );
  });

  it('an anchor that nobody uses is no hindrance', () => {
    const text = list(
      `\n    sources: []\n    hosts: &h\n    - a.com\n    ports: []\n`,
      `\n    sources: []\n    ports: []\n`,
    );
    assert.equal(
      edit(text, (first) => void first.spec.hosts!.push('b.com')),
      text.replace('    - a.com\n', '    - a.com\n    - b.com\n'),
    );
  });
});

describe('editing manifests: what aliases and merges repeat', () => {
  type Change = (spec: Egress['spec']) => void;
  const addHost: Change = ({ hosts }) => void hosts!.push('new.com');
  const rest = '  sources: []\n  ports: []\n';
  const merged = `x: &x {hosts: [a.com], ports: []}\nspec:\n  <<: *x\n  sources: []\n`;

  const cases: readonly (readonly [name: string, before: string, change: Change, after: string])[] = [
    ['a list from a merge', merged, addHost, `${merged}  hosts:\n    - a.com\n    - new.com\n`],
    [
      'a value in the place of one from a merge',
      merged,
      (spec) => (spec.hosts = ['c.com']),
      `${merged}  hosts:\n    - c.com\n`,
    ],
    [
      'two lists from one merge',
      merged,
      (spec) => {
        addHost(spec);
        spec.ports.push({ number: 80, protocol: 'http' });
      },
      `${merged}  hosts:\n    - a.com\n    - new.com\n  ports:\n    - number: 80\n      protocol: http\n`,
    ],
    [
      'an item of a list that is an alias',
      `x: &x [a.com, b.com]\nspec:\n${rest}  hosts: *x\n`,
      ({ hosts }) => void hosts!.shift(),
      `x: &x [a.com, b.com]\nspec:\n${rest}  hosts: [b.com]\n`,
    ],
    [
      'a field that is an alias goes',
      `x: &x [a.com, b.com]\nspec:\n${rest}  hosts: *x\n`,
      (spec) => void delete spec.hosts,
      `x: &x [a.com, b.com]\nspec:\n${rest}`,
    ],
    [
      'an item that is an alias',
      `x: &x a.com\nspec:\n${rest}  hosts: [*x, b.com]\n`,
      ({ hosts }) => (hosts![0] = 'c.com'),
      `x: &x a.com\nspec:\n${rest}  hosts: [c.com, b.com]\n`,
    ],
    [
      'an item that is an alias goes',
      `x: &x a.com\nspec:\n${rest}  hosts: [*x, b.com]\n`,
      ({ hosts }) => void hosts!.shift(),
      `x: &x a.com\nspec:\n${rest}  hosts: [b.com]\n`,
    ],
    [
      'all fields of an item that is an alias',
      `x: &x {number: 80, protocol: http}\nspec:\n  sources: []\n  ports:\n  - *x\n  - {number: 81, protocol: http}\n`,
      ({ ports }) => Object.assign(ports[0]!, { number: 8080, protocol: 'tcp' }),
      `x: &x {number: 80, protocol: http}\nspec:\n  sources: []\n  ports:\n  - {number: 8080, protocol: tcp}\n  - {number: 81, protocol: http}\n`,
    ],
    [
      'a field that an item in braces merges',
      `x: &x {protocol: http}\nspec:\n  sources: []\n  ports:\n  - {<<: *x, number: 80}\n`,
      ({ ports }) => (ports[0]!.protocol = 'tcp'),
      `x: &x {protocol: http}\nspec:\n  sources: []\n  ports:\n  - {<<: *x, number: 80, protocol: tcp}\n`,
    ],
    [
      'a field that an item merges, beside one of its own',
      `x: &x {protocol: http}\nspec:\n  sources: []\n  ports:\n  - <<: *x\n    number: 80\n`,
      ({ ports }) => Object.assign(ports[0]!, { number: 81, protocol: 'tcp' }),
      `x: &x {protocol: http}\nspec:\n  sources: []\n  ports:\n  - <<: *x\n    number: 81\n    protocol: tcp\n`,
    ],
    [
      'a list beside an item that is repeated',
      `spec:\n${rest}  hosts:\n  - &h a.com\nx: *h\n`,
      addHost,
      `spec:\n${rest}  hosts:\n  - &h a.com\n  - new.com\nx: *h\n`,
    ],
    [
      'an item beside one that is repeated in the same list',
      `spec:\n${rest}  hosts: [&h a.com, *h, b.com]\n`,
      ({ hosts }) => (hosts![2] = 'c.com'),
      `spec:\n${rest}  hosts: [&h a.com, *h, c.com]\n`,
    ],
    [
      'a value whose key is written with a question mark',
      `spec:\n${rest}  ? hosts\n  : - a.com\n`,
      (spec) => (spec.hosts = ['c.com']),
      `spec:\n${rest}  ? hosts\n  : - c.com\n`,
    ],
  ];
  for (const [name, before, change, after] of cases) {
    it(name, () => {
      assert.equal(
        edit(HEAD + before, ({ spec }) => change(spec)),
        HEAD + after,
      );
    });
  }

  const repeats = 'an alias elsewhere repeats what is to be changed';
  const part = (anchor: string) =>
    `what is to be changed is part of ${anchor}, which an alias repeats elsewhere: that would change too`;
  const item = `spec:\n${rest}  hosts:\n  - &h a.com\n  - b.com\nx: *h\n`;
  const refused: readonly (readonly [name: string, text: string, change: Change, place: string, message: string])[] = [
    [
      'a field from a merge cannot go',
      merged,
      (spec) => void delete spec.hosts,
      '6:3',
      'spec.hosts comes from a merge (<<)',
    ],
    ['a list that is repeated', `spec:\n${rest}  hosts: &h [a.com]\nx: *h\n`, addHost, '7:13', part('&h')],
    ['an item that is repeated', item, ({ hosts }) => (hosts![0] = 'c.com'), '8:8', repeats],
    ['an item that is repeated goes', item, ({ hosts }) => void hosts!.shift(), '8:8', repeats],
    ['a list with a repeated item goes', item, (spec) => void delete spec.hosts, '8:3', repeats],
    [
      'a field of what is repeated goes',
      `spec: &s\n${rest}  hosts: [a.com]\nx: *s\n`,
      (spec) => void delete spec.hosts,
      '5:3',
      part('&s'),
    ],
    [
      'a field of what is merged elsewhere goes',
      `spec: &s\n${rest}  hosts: [a.com]\nx: {<<: *s}\n`,
      (spec) => void delete spec.hosts,
      '5:3',
      part('&s'),
    ],
    [
      'a field that a merge brings into what is repeated',
      `y: &y {hosts: [a.com]}\nspec: &s\n${rest}  <<: *y\nx: *s\n`,
      addHost,
      '6:3',
      part('&s'),
    ],
    [
      'a field whose key is written with a question mark goes',
      `spec:\n${rest}  ? hosts\n  : [a.com]\n`,
      (spec) => void delete spec.hosts,
      '5:3',
      'this is written in a way that cannot be changed in place',
    ],
  ];
  for (const [name, text, change, place, message] of refused) {
    it(`refused: ${name}`, () => {
      assert.throws(
        () => edit(HEAD + text, ({ spec }) => change(spec)),
        (error: EditRefusedError) => {
          assert.ok(error instanceof EditRefusedError, String(error));
          assert.equal(error.describe(), `x.yaml:${place}: Egress curl/e: ${message}`);
          return true;
        },
      );
    });
  }
});

describe('editing manifests: which object', () => {
  const item = (kind: string, metadata: string, host: string) =>
    `- ${kind === '' ? '' : `kind: ${kind}\n  `}apiVersion: policy.openservicemesh.io/v1alpha1\n  metadata: ${metadata}\n  spec: {sources: [], hosts: [${host}], ports: []}\n`;
  const list = (...items: string[]) => `apiVersion: v1\nkind: List\nitems:\n${items.join('')}`;
  const typed = (...items: string[]) =>
    `apiVersion: policy.openservicemesh.io/v1alpha1\nkind: EgressList\nitems:\n${items.join('')}`;

  /** Adds a host to the object that had this one, in a text where objects without namespace are in `home`. */
  function addTo(text: string, host: string): void {
    const added = (object: Resource) => {
      if (object.kind === 'Egress' && object.spec.hosts?.[0] === host) object.spec.hosts.push('new.com');
    };
    const edited = edit<Resource>(text, (...objects) => objects.forEach(added), [], 'home');
    assert.equal(edited, text.replace(`[${host}]`, `[${host}, new.com]`));
  }

  const named = item('Egress', '{name: e, namespace: curl}', 'curl.com');
  const bare = item('Egress', '{name: e}', 'home.com');
  const cases: [name: string, text: string][] = [
    ['one that names its namespace before one that names none', list(named, bare)],
    ['and after it', list(bare, named)],
    ['an empty namespace is none', list(named, item('Egress', "{name: e, namespace: ''}", 'home.com'))],
    ['null is none', list(named, item('Egress', '{name: e, namespace: }', 'home.com'))],
    ['null in a word is none', list(named, item('Egress', '{name: e, namespace: null}', 'home.com'))],
    [
      'metadata that an alias repeats',
      list(
        `- &other\n  apiVersion: example.com/v1\n  kind: Other\n  metadata: &m {name: e}\n`,
        item('Egress', '*m', 'home.com'),
        '- *other\n',
      ),
    ],
    ['behind an object without metadata', list(`- {apiVersion: example.com/v1, kind: Other}\n`, bare)],
    ['behind an alias', list(`- &other {apiVersion: example.com/v1, kind: Other}\n`, '- *other\n', bare)],
    ['behind an empty list', list(`- {apiVersion: example.com/v1, kind: OtherList, items: }\n`, bare)],
    [
      'behind something that only looks like a list',
      list(`- {apiVersion: example.com/v1, kind: Other, items: [{kind: Egress, metadata: {name: e}}]}\n`, bare),
    ],
    [
      'in a list of lists',
      list(`- apiVersion: v1\n  kind: List\n  items:\n${bare.replaceAll(/^/gm, '  ').trimEnd()}\n`, named),
    ],
    ['another name', list(item('Egress', '{name: x}', 'x.com'), item('Egress', '{name: e}', 'home.com'))],
    ['items of a typed list have no kind', typed(item('', '{name: x}', 'x.com'), item('', '{name: e}', 'home.com'))],
    [
      'another kind of the same name',
      list(
        `- apiVersion: specs.smi-spec.io/v1alpha4\n  kind: HTTPRouteGroup\n  metadata: {name: e}\n  spec: {matches: []}\n`,
        item('Egress', '{name: e}', 'home.com'),
      ),
    ],
    ['documents', list(bare) + '---\n' + list(named)],
  ];
  for (const [name, text] of cases) {
    it(name, () => {
      for (const [, host] of text.matchAll(/hosts: \[(.*?)\]/g)) addTo(text, host!);
    });
  }

  it('not one that an alias elsewhere repeats, by itself or with all that is around it', () => {
    const inner = bare.replaceAll(/^/gm, '  ').trimEnd();
    const texts = [
      list(bare).replace('items:', 'items: &x'),
      list(bare).replace('- ', '- &x\n  '),
      list(`- &x\n  apiVersion: v1\n  kind: List\n  items:\n${inner}\n`),
      list(`- apiVersion: v1\n  kind: List\n  items: &x\n${inner}\n`),
      list(`- apiVersion: v1\n  kind: List\n  items:\n${inner}\n`).replace('items:', 'items: &x'),
    ].map((text) => `${text}other: *x\n`);
    for (const text of texts) {
      const push = (object: Resource) => void (object.kind === 'Egress' && object.spec.hosts!.push('new.com'));
      assert.throws(
        () => edit<Resource>(text, (...objects) => objects.forEach(push)),
        /is part of &x, which an alias/,
        text,
      );
    }
  });

  it('an object of a kind without namespaces, whatever it names', () => {
    const text = `apiVersion: v1\nkind: Namespace\nmetadata: {name: curl, namespace: odd, labels: {a: b}}\n`;
    const edited = edit<Resource>(text, (namespace) => void (namespace.metadata.labels!['a'] = 'c'), [], 'home');
    assert.equal(edited, text.replace('a: b', 'a: c'));
  });

  it('without a namespace of its own the file is in default', () => {
    const text = list(item('Egress', '{name: e}', 'a.com'));
    const { objects, locate } = parseManifests(text, 'x.yaml');
    const change: ManifestChange = {
      kind: 'edit',
      before: objects[0]!,
      edits: [{ op: 'insert', path: ['spec', 'hosts'], index: 1, values: ['b'] }],
      at: locate(objects[0]!)!,
    };
    assert.match(editManifestText(text, 'x.yaml', objects, [change]), /\[a\.com, b\]/);
    assert.throws(() => editManifestText(text, 'x.yaml', objects, [change], 'home'), /has changed since it was read/);
  });
});

describe('editing manifests: refusals', () => {
  const text = `${HEAD}spec:\n${SOURCES}  hosts: [a.com]\n  ports: []\n`;
  const change = (
    objects: readonly Resource[],
    at: ReturnType<ReturnType<typeof parseManifests>['locate']>,
  ): ManifestChange => {
    const [before] = objects as [Egress];
    return {
      kind: 'edit',
      before,
      edits: [{ op: 'insert', path: ['spec', 'hosts'], index: 1, values: ['b'] }],
      at: at!,
    };
  };

  it('a file that has changed since it was read', () => {
    const { objects, locate } = parseManifests(text, 'x.yaml');
    const other = text.replace('a.com', 'z.com');
    assert.throws(
      () => editManifestText(other, 'x.yaml', objects, [change(objects, locate(objects[0]!))]),
      /has changed since it was read/,
    );
  });

  it('comments may have changed', () => {
    const { objects, locate } = parseManifests(text, 'x.yaml');
    const other = `${text}# new\n`;
    assert.match(editManifestText(other, 'x.yaml', objects, [change(objects, locate(objects[0]!))]), /\[a\.com, b\]/);
  });

  it('a file that is not UTF-8', async () => {
    await assert.rejects(
      editManifestBytes(Buffer.from('\ufeffa: 1', 'utf16le'), 'x.yaml', [], [{ kind: 'create', object: GROUP }]),
      (error: EditRefusedError) => error.describe() === 'x.yaml: only files in UTF-8 are changed in place',
    );
  });
});
