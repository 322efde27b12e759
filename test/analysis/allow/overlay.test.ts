import assert from 'node:assert/strict';
import { overlay } from '../../../src/lib/analysis/allow/overlay.js';
import type { Egress, Resource } from '../../../src/lib/resources/types.js';
import { createWorld, type World } from '../../../src/lib/simulator/world.js';
import { account, egress, http, meshConfig, namespaceObject, routeGroup } from './support.js';

const ACCOUNTS = ['curl', 'other', 'third'];

/** All that a change of policies may touch, in an order that does not depend on what was changed first. */
function facts(world: World) {
  const names = (policies: readonly Egress[]) => policies.map((policy) => JSON.stringify(policy)).sort();
  const naming = (serviceAccount: string, namespace: string) =>
    world
      .policiesNaming({ namespace, serviceAccount })
      .map(({ policy, sourceIndex }) => `${policy.metadata.name} ${sourceIndex} ${JSON.stringify(policy.spec.ports)}`)
      .sort();
  return {
    enabled: world.egressPolicyEnabled,
    meshConfig: world.meshConfig,
    egresses: names(world.egresses),
    groups: [...world.routeGroups].map(([name, group]) => `${name} ${JSON.stringify(group)}`).sort(),
    naming: ACCOUNTS.map((name) => [naming(name, 'curl'), naming(name, 'far')]),
  };
}

describe('a world with changes laid over it', () => {
  it('is the world of the changed objects', () => {
    const group = { kind: 'Group', name: 'curl', namespace: 'curl' };
    const [config, off] = [meshConfig(), meshConfig({}, false)];
    const own = egress('own', { hosts: ['a.org'], ports: [http()] });
    const both = egress('both', { sources: [account('other'), group, account(), account(), account('curl', 'far')] });
    const theirs = egress('theirs', { sources: [account('other')], ports: [http()] });
    const [one, two] = [routeGroup('one', [{ name: 'm' }]), routeGroup('two', [])];
    const base = [namespaceObject('curl'), own, both, theirs, one, two];
    const more = egress('more', { sources: [account('third'), group] });
    const three = routeGroup('three', [{ name: 'n' }]);
    const changed = {
      own: { ...own, spec: { ...own.spec, ports: [http(), http(81)] } },
      gone: { ...both, spec: { ...both.spec, sources: [account('other')] } },
      came: { ...theirs, spec: { ...theirs.spec, sources: [account('other'), account()] } },
      one: { ...one, spec: { matches: [] } },
    };
    const rows: [start: readonly Resource[], changes: [before: Resource, after: Resource][], created: Resource[]][] = [
      [[config, ...base], [], []],
      [[config, ...base], [[own, changed.own]], []],
      [[config, ...base], [[both, changed.gone], [theirs, changed.came]], [more]],
      [[config, ...base], [[one, changed.one]], [three]],
      [[off, ...base], [[off, config]], [more, three]],
      [[config, ...base], [[config, off], [own, changed.own]], []],
      [[off, ...base], [[own, changed.own]], []],
      [base, [[own, changed.own]], [more]],
    ]; // prettier-ignore
    for (const [start, changes, created] of rows) {
      const made = new Map(changes);
      const whole = createWorld([...start.map((object) => made.get(object) ?? object), ...created]);
      const laid = overlay(createWorld(start), new Map(changes.map(([before, after]) => [after, before])), created);
      assert.deepEqual(facts(laid), facts(whole), JSON.stringify(changes.map(([, after]) => after.metadata.name)));
    }
  });
});
