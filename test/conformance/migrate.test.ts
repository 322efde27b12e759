import assert from 'node:assert/strict';
import { accountOf, kindOf, type ChangeKind } from '../../src/lib/analysis/migrate/account.js';
import { worldAfter } from '../../src/lib/analysis/migrate/after.js';
import { planMigration, sourceKey } from '../../src/lib/analysis/migrate/plan.js';
import { isInSpace } from '../../src/lib/analysis/request-space/request-languages.js';
import { parseAddressLiteral } from '../../src/lib/simulator/address.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { isLoopback } from '../../src/lib/simulator/interception.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { collections, recordedHosts, recordedWorlds, type RecordedWorld } from './recordings.js';

/** Recorded worlds of OSM, moved to Istio: what the account says of each recorded probe, and that Istio takes what is emitted. */

const hosts = recordedHosts();
const resolve = (name: string) => {
  const address = hosts.get(name);
  return address ? [address] : ('not-found' as const);
};
const counts = new Map<ChangeKind, number>();
let worlds = 0;

function moved({ resources, source: name }: RecordedWorld) {
  const [namespace, serviceAccount] = name.split('/') as [string, string];
  const source = { namespace, serviceAccount };
  const world = createWorld(resources);
  const plan = planMigration(world, [source], { resolve });
  return { source, plan, after: worldAfter(world, plan, [source]) };
}

for (const collection of collections) {
  describe(`migration: ${collection}`, () => {
    for (const recorded of recordedWorlds(collection)) {
      it(recorded.name, () => {
        worlds++;
        const { source, plan, after } = moved(recorded);
        const refused = after.admissions.filter(({ error }) => error !== undefined);
        assert.deepEqual(
          refused.map(({ object, error }) => `${object.kind} ${object.metadata.name}: ${error}`),
          [],
        );
        const before = plan.before.get(sourceKey(source))!;
        const now = simulateIstio(after, source, { resolve, onlyDeclaredPorts: true });
        const account = accountOf(plan, after, [source], { resolve });
        assert.deepEqual(account.undecided, []);
        for (const { target: text } of recorded.probes) {
          const target = parseTarget(text);
          const [was, is] = [before.decide(target), now.decide(target)];
          const kind = kindOf(was, is);
          counts.set(kind, (counts.get(kind) ?? 0) + 1);
          const address =
            parseAddressLiteral(target.dial.host) ?? parseAddressLiteral(hosts.get(target.dial.host) ?? '');
          const isAsked = address && !isLoopback(address) && isInSpace(target);
          if (!isAsked || kind === 'in-mesh' || kind === 'unmodelled') continue;
          const found = account.changes.find((change) => change.class.holds(target, address));
          // what is in no class is the same in everything
          if (kind !== 'seen')
            assert.equal(found?.change, kind, `${text} is ${kind}, the account has ${found?.change}`);
          // a request to an address that happens to be the host's is the same, whatever becomes of others
          else
            assert.ok(
              found === undefined || found.change === 'seen' || found.change === 'elsewhere',
              `${text} is the same, the account has ${found?.change}`,
            );
        }
      });
    }
  });
}

after(() => {
  const told = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.log(`migration of ${worlds} recorded worlds: ${told}`);
});
