import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editManifestText, type ManifestChange } from '../../src/lib/resources/edit/edit-file.js';
import { differences } from '../../src/lib/resources/edit/fields.js';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { Egress, HTTPRouteGroup, Resource } from '../../src/lib/resources/types.js';
import { randomFrom, writeAsPeopleDo } from './stylist.js';

/** `EDIT_RUNS=20000` for a long run. */
const RUNS = Number(process.env['EDIT_RUNS'] ?? 400);

const HOSTS = ['a.com', 'b.com', '*.c.com', '*', '1_000', 'yes', '192.0.2.1', 'x:8080', "it's", 'a #b', '0777'];
const RANGES = ['10.0.0.0/8', '192.0.2.7/32', '0.0.0.0/0'];
const PORTS = [
  { number: 80, protocol: 'http' },
  { number: 443, protocol: 'https' },
  { number: 3306, protocol: 'TCP' },
];
const MATCHES = [
  { name: 'all', pathRegex: '.*' },
  { name: 'get', pathRegex: '/a\\.b[0-9]{2,}', methods: ['GET', 'HEAD'] },
  { name: 'env', headers: [{ 'x-env': 'prod|dev' }], pathRegex: '/a: b' },
];

function objectsFrom(random: (below: number) => number): (Egress | HTTPRouteGroup)[] {
  const some = <T>(items: readonly T[], least = 0): T[] =>
    structuredClone(Array.from({ length: least + random(3) }, () => items[random(items.length)]!));
  return Array.from({ length: 1 + random(3) }, (_, index) => {
    if (random(3) === 0) {
      return {
        apiVersion: 'specs.smi-spec.io/v1alpha4',
        kind: 'HTTPRouteGroup',
        metadata: { name: `g${index}`, namespace: 'curl' },
        spec: { matches: some(MATCHES) },
      };
    }
    return {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: `e${index}`, namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        ...(random(2) === 0 ? { hosts: some(HOSTS) } : {}),
        ...(random(2) === 0 ? { ipAddresses: some(RANGES) } : {}),
        ports: some(PORTS, 1),
        ...(random(3) === 0
          ? { matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'g0' }] }
          : {}),
      },
    };
  });
}

/** Adds, removes and changes things as `egress allow` does. */
function changed(object: Egress | HTTPRouteGroup, random: (below: number) => number): Egress | HTTPRouteGroup {
  const next = structuredClone(object);
  if (next.kind === 'HTTPRouteGroup') {
    const { matches } = next.spec;
    if (random(2) === 0) matches.push({ name: 'new', pathRegex: '/x\\(1\\)', methods: ['POST'] });
    if (random(3) === 0) matches.splice(random(matches.length + 1), 1);
    if (matches[0] && random(2) === 0) matches[0].methods = [...(matches[0].methods ?? []), 'PUT'];
    return next;
  }
  const { spec } = next;
  if (random(2) === 0) spec.hosts = [...(spec.hosts ?? []), ['new.com', '1.5', 'a, b', 'null'][random(4)]!];
  if (spec.hosts && random(3) === 0) spec.hosts.splice(random(spec.hosts.length + 1), 1);
  if (random(3) === 0) spec.ipAddresses = [...(spec.ipAddresses ?? []), '198.51.100.1/32'];
  else if (random(4) === 0) delete spec.ipAddresses;
  if (random(3) === 0) spec.ports.push({ number: 8080, protocol: 'tcp-server-first' });
  if (spec.ports[0] && random(3) === 0) spec.ports[0].protocol = 'tcp';
  if (random(5) === 0) spec.ports = [];
  if (random(4) === 0) spec.sources.push({ kind: 'ServiceAccount', name: 'b', namespace: 'c' });
  if (random(4) === 0) {
    spec.matches = [
      { apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'routes' },
      ...(spec.matches ?? []),
    ];
  }
  return next;
}

describe('editing manifests: laws', () => {
  it('reads back as what was meant, keeps comments and line ends, and touches nothing else', () => {
    let edited = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        const { text, comments } = writeAsPeopleDo(objectsFrom(random), seed);
        const manifests = parseManifests(text, 'x.yaml');
        const after = manifests.objects.map((object) =>
          random(2) === 0 ? changed(object as Egress | HTTPRouteGroup, random) : object,
        );
        const changes: ManifestChange[] = manifests.objects.flatMap((before, index) => {
          const edits = differences(before, after[index]);
          return edits.length > 0 ? [{ kind: 'edit', before, edits, at: manifests.locate(before)! }] : [];
        });
        const added = random(3) === 0 ? [newObject] : [];
        for (const object of added) changes.push({ kind: 'create', object });

        const result = editManifestText(text, 'x.yaml', manifests.objects, changes);
        if (changes.length === 0) assert.equal(result, text);
        else edited++;
        assert.deepEqual(parseManifests(result, 'x.yaml').objects, [...after, ...added]);
        for (const comment of comments) assert.ok(result.includes(comment), `${comment} is lost`);
        if (text.includes('\r\n')) assert.doesNotMatch(result, /[^\r]\n/);
        else assert.doesNotMatch(result, /\r/);
        assert.equal(result.startsWith('\ufeff'), text.startsWith('\ufeff'));
        if (text.endsWith('\n')) assert.ok(result.endsWith('\n'));

        const again = parseManifests(result, 'x.yaml');
        assert.equal(editManifestText(result, 'x.yaml', again.objects, []), result);
      }),
      { numRuns: RUNS },
    );
    assert.ok(edited > RUNS / 3);
  });
});

const newObject: Resource = {
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name: 'added', namespace: 'curl' },
  spec: { matches: [{ name: 'm', pathRegex: '/x' }] },
};
