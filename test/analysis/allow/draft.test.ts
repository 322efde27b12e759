import assert from 'node:assert/strict';
import { Draft, withChanges } from '../../../src/lib/analysis/allow/draft.js';
import { withHost } from '../../../src/lib/analysis/allow/moves/policy-edits.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { MESH, egress, http, https, routeGroup } from './support.js';

const WEB = egress('web', { hosts: ['httpbin.org'], ports: [https()] });
const PLAIN = egress('plain', { hosts: ['httpbin.org'], ports: [http()] });
const start = () => Draft.of(createWorld([...MESH, WEB, PLAIN]));
const namesIn = (objects: Iterable<Resource>) => [...objects].map(({ metadata }) => metadata.name);

describe('drafts of changed policies', () => {
  it('without a change it is the world that is there', () => {
    const world = createWorld([...MESH, WEB]);
    assert.equal(Draft.of(world).world, world);
    const draft = Draft.of(world);
    assert.equal(draft.replace(WEB, WEB), draft, 'the same in place of the same changes nothing');
    assert.deepEqual(draft.changes, []);
  });

  it('one object changed and another one added are two changes, and the world has both', () => {
    const wider = withHost(WEB, 'example.com');
    const added = egress('new', { hosts: ['example.com'], ports: [http()] });
    const draft = start().replace(WEB, wider).add(added);
    assert.deepEqual(namesIn(draft.world.egresses), ['web', 'plain', 'new']);
    assert.deepEqual(draft.world.egresses[0]!.spec.hosts, ['httpbin.org', 'example.com']);
    assert.deepEqual(
      draft.changes.map(({ kind, after }) => [kind, after.metadata.name]),
      [
        ['edit', 'web'],
        ['create', 'new'],
      ],
    );
  });

  it('what is changed twice is changed once from what it was', () => {
    const once = withHost(WEB, 'example.com');
    const twice = withHost(once, 'www.example.com');
    const draft = start().replace(WEB, once).replace(once, twice);
    assert.deepEqual([...draft.originals], [[twice, WEB]]);
    assert.equal(draft.world.egresses.length, 2);
  });

  it('what was added and is changed is added as it is then, beside what else was added', () => {
    const [one, two] = [egress('one', { ports: [http()] }), egress('two', { ports: [http()] })];
    const changed = withHost(one, 'example.com');
    const draft = start().add(one).add(two).replace(one, changed);
    assert.deepEqual(draft.created, [changed, two]);
    assert.equal(draft.originals.size, 0);
  });

  it('steps are told once, in order; what they cost adds up, and the last detour counts', () => {
    const draft = start()
      .because('repair-listener', { takenAway: 1 })
      .because('extend-policy', { detour: 'http-1.0' })
      .because('repair-listener', { takenAway: 2 });
    assert.deepEqual(draft.steps, ['repair-listener', 'extend-policy']);
    assert.equal(draft.takenAway, 3);
    assert.equal(draft.detour, 'http-1.0');
    assert.equal(draft.because('new-policy', { detour: 'nothing-else-works' }).detour, 'nothing-else-works');
    assert.equal(draft.add(WEB).detour, 'http-1.0', 'a change keeps what was noted');
  });

  it('drafts that hold the same are known by their key, in whatever order they came about', () => {
    const [web, plain] = [withHost(WEB, 'example.com'), withHost(PLAIN, 'example.com')];
    const [one, two] = [routeGroup('one', []), routeGroup('two', [])];
    const forth = start().replace(WEB, web).replace(PLAIN, plain).add(one).add(two);
    const back = start().add(two).add(one).replace(PLAIN, plain).replace(WEB, web);
    assert.equal(forth.key, back.key);
    const keys = [
      start(),
      start().replace(WEB, web),
      start().replace(WEB, web).add(one),
      start().add(one),
      start().add(two),
      forth,
    ];
    assert.equal(new Set(keys.map(({ key }) => key)).size, keys.length);
  });

  it('objects with the changes made are as many as before, each in its place, and what is added after them', () => {
    const [wider, added] = [withHost(WEB, 'example.com'), egress('new', { ports: [http()] })];
    const { changes } = start().replace(WEB, wider).add(added);
    assert.deepEqual(withChanges([...MESH, WEB, PLAIN], changes), [...MESH, wider, PLAIN, added]);
  });
});
