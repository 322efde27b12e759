import assert from 'node:assert/strict';
import { editManifestText, type ManifestChange } from '../../src/lib/resources/edit/edit-file.js';
import { EditRefusedError, holdsNothing } from '../../src/lib/resources/edit/index.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { Egress, KubernetesObject } from '../../src/lib/resources/types.js';

const policy = (name: string, spec = 'sources: [], hosts: [a.com], ports: []') =>
  `apiVersion: policy.openservicemesh.io/v1alpha1\nkind: Egress\nmetadata: {name: ${name}, namespace: curl}\nspec: {${spec}}\n`;
const ONE = policy('one');
const TWO = `${ONE}---\n${policy('two')}`;
const NEW: Egress = {
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name: 'new', namespace: 'curl' },
  spec: { sources: [], ports: [] },
};
const NEW_TEXT = `apiVersion: policy.openservicemesh.io/v1alpha1\nkind: Egress\nmetadata:\n  name: new\n  namespace: curl\nspec:\n  sources: []\n  ports: []\n`;

/** Puts a host at the end of an object's list. */
function addHost(
  text: string,
  host: string,
  index = 0,
): { objects: readonly KubernetesObject[]; change: ManifestChange } {
  const { objects, locate } = parseManifests(text, 'x.yaml');
  const before = objects[index] as Egress;
  const edits = [{ op: 'insert', path: ['spec', 'hosts'], index: before.spec.hosts!.length, values: [host] }] as const;
  return { objects, change: { kind: 'edit', before, edits, at: locate(before)! } };
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof EditRefusedError, String(error));
    return error.describe();
  }
  return assert.fail('it was not refused');
}

describe('editing files: only what was read is changed', () => {
  const { objects, change } = addHost(TWO, 'b.com');
  const others: readonly (readonly [name: string, text: string])[] = [
    ['another value in the first object', TWO.replace('a.com', 'z.com')],
    ['another value in the second object', TWO.replace(/a\.com(?![^]*a\.com)/, 'z.com')],
    ['an object more', `${TWO}---\n${policy('three')}`],
    ['an object less', ONE],
    ['the objects in another order', `${policy('two')}---\n${ONE}`],
    ['nothing', ''],
    ['a text that cannot be read', `${TWO}}`],
  ];
  for (const [name, text] of others) {
    it(`refused: the file has ${name}`, () => {
      const expected = 'x.yaml: the file has changed since it was read; nothing was written';
      assert.equal(
        refusal(() => editManifestText(text, 'x.yaml', objects, [change])),
        expected,
      );
      assert.equal(
        refusal(() => editManifestText(text, 'x.yaml', objects, [])),
        expected,
      );
    });
  }

  it('an object that is not where it was read', () => {
    const { at } = addHost(TWO, 'b.com', 1).change as Extract<ManifestChange, { kind: 'edit' }>;
    assert.equal(
      refusal(() => editManifestText(TWO, 'x.yaml', objects, [{ ...change, at } as ManifestChange])),
      'x.yaml: Egress curl/one is not where it was read',
    );
    const beyond = { file: 'x.yaml', line: 99, column: 1 };
    assert.equal(
      refusal(() => editManifestText(TWO, 'x.yaml', objects, [{ ...change, at: beyond } as ManifestChange])),
      'x.yaml: Egress curl/one is not where it was read',
    );
  });
});

describe('editing files: objects that go', () => {
  /** The text without the objects of these numbers. */
  function without(text: string, ...numbers: number[]): string {
    const { objects, locate } = parseManifests(text, 'x.yaml');
    const changes = numbers.map((number): ManifestChange => {
      const before = objects[number]!;
      return { kind: 'delete', before, at: locate(before)! };
    });
    return editManifestText(text, 'x.yaml', objects, changes);
  }
  const list = (items: string) => `apiVersion: v1\nkind: List\nitems:\n${items.replace(/^(?=.)/gm, '  ')}`;
  const item = (text: string) => text.replace(/^(?=.)/gm, '  ').replace(' ', '-');

  it('take their document with them, and leave the others as they are', () => {
    const [one, two] = [`# one\n${ONE}`, `---\n# two\n${policy('two')}`];
    assert.equal(without(one + two, 0), two);
    assert.equal(without(one + two, 1), one);
    assert.equal(without(one + two.trimEnd(), 0), two.trimEnd());
    assert.equal(without(one + two, 1, 0), '');
  });

  it('JSON values too', () => {
    const [one, two] = [ONE, policy('two')].map((text) => JSON.stringify(parseManifests(text, 'x').objects[0]));
    assert.equal(without(`${one}${two}\n`, 0), `${two}\n`);
    assert.equal(without(`${one}\n${two}\n`, 1), `${one}\n\n`);
  });

  it('a file of which only comments are left holds nothing', async () => {
    for (const [text, isEmpty] of [
      ['', true],
      ['\ufeff', true],
      ['# only\n---\n# comments\n', true],
      ['a: 1\n', false],
      ['{}', false],
    ] as const) {
      assert.equal(await holdsNothing(Buffer.from(text)), isEmpty, JSON.stringify(text));
    }
  });

  it('refused: an item of a list', () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: curl}\n';
    const text = list(item(ONE) + item(namespace));
    assert.equal(
      refusal(() => without(text, 0)),
      'x.yaml:4:5: Egress curl/one is an item of a list, which is not cut',
    );
    assert.equal(
      refusal(() => without(text, 1)),
      'x.yaml:8:5: Namespace curl is an item of a list, which is not cut',
    );
  });
});

describe('editing files: what cannot be changed in its text', () => {
  const shared = `${ONE}---\n${policy('two', 'sources: [], hosts: &h [a.com], ports: []')}other: *h\n`;

  it('is refused where it stands, in whatever document', () => {
    const { objects, change } = addHost(shared, 'b.com', 1);
    assert.match(
      refusal(() => editManifestText(shared, 'x.yaml', objects, [change])),
      /^x\.yaml:9:31: Egress curl\/two: what is to be changed is part of &h, /,
    );
  });

  it('a change that leads nowhere is a mistake of who asks for it', () => {
    const text = shared.replace('other: *h', '').replace('hosts: [a.com]', 'hosts: &g [a.com], also: *g');
    const { objects, change } = addHost(text, 'b.com');
    const edits = [{ op: 'set', path: ['spec', 'also', 7], value: 'x' }];
    assert.throws(
      () => editManifestText(text, 'x.yaml', objects, [{ ...change, edits } as ManifestChange]),
      RangeError,
    );
  });

  it('a document that is not understood, with the place that is not', () => {
    const text = `${policy('two')}---\n${ONE.replace('[a.com]', '[a.com\n]')}`;
    const { objects, change } = addHost(text, 'b.com', 1);
    assert.equal(
      refusal(() => editManifestText(text, 'x.yaml', objects, [change])),
      'x.yaml:10:1: Egress curl/one cannot be changed in place: Flow sequence in block collection must be sufficiently indented and end with a ]',
    );
  });

  it('a faulty object elsewhere in the file is no hindrance', () => {
    const faulty = policy('faulty', 'sources: 7').replaceAll('curl', 'elsewhere');
    const text = `${ONE}---\n${faulty}`;
    const { objects, locate } = parseManifests(text, 'x.yaml', { noBearing: () => true });
    const before = objects[0]!;
    const edits = [{ op: 'set', path: ['spec', 'hosts', 0], value: 'b.com' }] as const;
    const edited = editManifestText(text, 'x.yaml', objects, [{ kind: 'edit', before, edits, at: locate(before)! }]);
    assert.equal(edited, text.replace('a.com', 'b.com'));
  });

  it('a file to which somebody has added the first object', () => {
    assert.equal(
      refusal(() => editManifestText(ONE, 'x.yaml', [], [{ kind: 'create', object: NEW }])),
      'x.yaml: the file has changed since it was read; nothing was written',
    );
  });
});

describe('editing files: what is written reads back as what was meant', () => {
  const unsafe = 'x.yaml: the objects of this file are written in a way that osm-ts cannot change safely';

  it('changes that contradict each other', () => {
    const { objects, change } = addHost(ONE, 'b.com');
    const other = { ...change, edits: [] } as ManifestChange;
    assert.equal(
      refusal(() => editManifestText(ONE, 'x.yaml', objects, [change, other])),
      unsafe,
    );
  });

  it('an object that could not be read again', () => {
    const bad = { ...NEW, spec: { ...NEW.spec, ports: 'none' } } as unknown as Egress;
    assert.equal(
      refusal(() => editManifestText('', 'x.yaml', [], [{ kind: 'create', object: bad }])),
      unsafe,
    );
  });

  it('an object of a name that is there already', () => {
    const { objects } = addHost(ONE, 'b.com');
    const again = structuredClone(objects[0]!);
    assert.equal(
      refusal(() => editManifestText(ONE, 'x.yaml', objects, [{ kind: 'create', object: again }])),
      unsafe,
    );
  });
});

describe('editing files: where files begin and end', () => {
  const created: readonly (readonly [name: string, before: string, after: string])[] = [
    ['an empty file', '', NEW_TEXT],
    ['a byte order mark alone', '\ufeff', `\ufeff${NEW_TEXT}`],
    ['a byte order mark before an object', `\ufeff${ONE}`, `\ufeff${ONE}---\n${NEW_TEXT}`],
    ['only a comment', '# none\n', `# none\n${NEW_TEXT}`],
    ['a comment whose line has no end', '# none', `# none\n${NEW_TEXT}`],
    ['no line break at the end', ONE.trimEnd(), `${ONE}---\n${NEW_TEXT}`],
    ['a separator at the end', `${ONE}---\n`, `${ONE}---\n${NEW_TEXT}`],
    ['a separator at the end, without line break', `${ONE}---`, `${ONE}---\n${NEW_TEXT}`],
    ['a separator before a comment', `${ONE}--- \n# more\n`, `${ONE}--- \n# more\n${NEW_TEXT}`],
    [
      'an end before a comment that mentions a separator',
      `${ONE}...\n# a ---\n`,
      `${ONE}...\n# a ---\n---\n${NEW_TEXT}`,
    ],
    ['a comment that mentions a separator', `${ONE}# a ---\n`, `${ONE}# a ---\n---\n${NEW_TEXT}`],
    ['line ends of Windows', ONE.replaceAll('\n', '\r\n'), `${ONE}---\n${NEW_TEXT}`.replaceAll('\n', '\r\n')],
  ];
  for (const [name, before, after] of created) {
    it(`a new object behind ${name}`, () => {
      const { objects } = /^[\ufeff]?(#.*)?\n?$/.test(before) ? { objects: [] } : parseManifests(before, 'x.yaml');
      assert.equal(editManifestText(before, 'x.yaml', objects, [{ kind: 'create', object: NEW }]), after);
    });
  }

  const json = JSON.stringify(parseManifests(ONE, 'x.yaml').objects[0]);
  const newJson = `${JSON.stringify(NEW, null, 2)}\n`;
  const createdInJson: readonly (readonly [name: string, before: string, after: string])[] = [
    ['JSON', `${json}\n`, `${json}\n${newJson}`],
    ['JSON with a byte order mark', `\ufeff${json}\n`, `\ufeff${json}\n${newJson}`],
    ['JSON with line ends of Windows', `${json}\r\n`, `${json}\r\n${newJson.replaceAll('\n', '\r\n')}`],
    ['JSON and YAML', `${json}\n---\n${policy('two')}`, `${json}\n---\n${policy('two')}---\n${NEW_TEXT}`],
    ['YAML and JSON', `${policy('two')}---\n${json}\n`, `${policy('two')}---\n${json}\n---\n${NEW_TEXT}`],
  ];
  for (const [name, before, after] of createdInJson) {
    it(`a new object behind ${name}`, () => {
      const { objects } = parseManifests(before, 'x.yaml');
      assert.equal(editManifestText(before, 'x.yaml', objects, [{ kind: 'create', object: NEW }]), after);
    });
  }

  const edited: readonly (readonly [name: string, before: string])[] = [
    ['a byte order mark', `\ufeff${TWO}`],
    ['line ends of Windows', TWO.replaceAll('\n', '\r\n')],
    ['no line break at the end', TWO.trimEnd()],
    ['empty lines at the end', `${TWO}\n\n`],
    ['JSON in a line', `${json}${json.replace('"one"', '"two"')}`],
    ['JSON in two lines', `${json}\n${json.replace('"one"', '"two"')}`],
    ['JSON with a byte order mark', `\ufeff${json}\n${json.replace('"one"', '"two"')}`],
    ['a separator before the first object', `---\n${TWO}`],
    ['a comment before the first object', `# all\n---\n# one\n${TWO}`],
  ];
  for (const [name, before] of edited) {
    it(`each object of a file with ${name}`, () => {
      for (const index of [0, 1]) {
        const { objects, change } = addHost(before, 'b.com', index);
        const result = editManifestText(before, 'x.yaml', objects, [change]);
        const place = index === 0 ? before.indexOf('a.com') : before.lastIndexOf('a.com');
        const rest = result.slice(place + 'a.com'.length);
        assert.equal(result.slice(0, place + 'a.com'.length), before.slice(0, place + 'a.com'.length));
        assert.equal(rest.replace(/^"?, ?"?b\.com/, ''), before.slice(place + 'a.com'.length));
      }
    });
  }

  it('the last line may go, also where line ends are mixed', () => {
    const head = policy('one').replace('spec: {sources: [], hosts: [a.com], ports: []}\n', '').replaceAll('\n', '\r\n');
    const text = `${head}spec:\r\n  sources: []\r\n  ports: []\r\n  hosts:\n  - a.com\n  - b.com`;
    const { objects, locate } = parseManifests(text, 'x.yaml');
    const remove: ManifestChange = {
      kind: 'edit',
      before: objects[0]!,
      edits: [{ op: 'remove', path: ['spec', 'hosts', 1] }],
      at: locate(objects[0]!)!,
    };
    assert.equal(editManifestText(text, 'x.yaml', objects, [remove]).trimEnd(), text.slice(0, text.lastIndexOf('\n')));
  });

  it('what comes behind a last line without end keeps the line ends of the file', () => {
    const head = policy('one').replace('spec: {sources: [], hosts: [a.com], ports: []}\n', '');
    const text = `${head}spec:\n  sources: []\n  ports: []\n  hosts:\n  - a.com`.replaceAll('\n', '\r\n');
    const { objects, locate } = parseManifests(text, 'x.yaml');
    const add: ManifestChange = {
      kind: 'edit',
      before: objects[0]!,
      edits: [{ op: 'insert', path: ['spec', 'hosts'], index: 1, values: ['b.com'] }],
      at: locate(objects[0]!)!,
    };
    assert.equal(editManifestText(text, 'x.yaml', objects, [add]), `${text}\r\n  - b.com`);
  });
});
