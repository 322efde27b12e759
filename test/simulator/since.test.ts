import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseManifests } from '../../src/lib/resources/index.js';
import type { FieldRef, Resource } from '../../src/lib/resources/types.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation, type SimulationOptions } from '../../src/lib/simulator/simulation.js';
import { updatesOf } from '../../src/lib/simulator/updates.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { byHost, policy, served, service, setting, split } from './control-plane/worlds.js';
import { meetingWorld } from './meeting-worlds.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };
const resolve = (name: string) => (name.endsWith('.org') ? ['192.0.2.10'] : undefined);

/** One policy of curl/curl for each `HOSTS PORT/PROTOCOL… [RANGE]`. */
function policies(...lines: string[]): Resource[] {
  const texts = lines.map((line, index) => {
    const [hosts, ports, range] = line.split(' ');
    const list = ports!.split(',').map((port) => port.split('/'));
    return `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: p${index}, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
  hosts: [${hosts === '-' ? '' : hosts}]
  ports: [${list.map(([number, protocol]) => `{ number: ${number}, protocol: ${protocol} }`).join(', ')}]
  ipAddresses: [${range ?? ''}]
`;
  });
  return [...parseManifests(texts.join('---\n'), 'test').objects];
}

const exclusion = (port: number): Resource => ({
  apiVersion: 'config.openservicemesh.io/v1alpha2',
  kind: 'MeshConfig',
  metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
  spec: { featureFlags: { enableEgressPolicy: true }, traffic: { outboundPortExclusionList: [port] } },
});

function running(old: readonly Resource[], now: readonly Resource[], options?: SimulationOptions): Simulation {
  const since = simulate(createWorld(old), source, { resolve });
  return simulate(createWorld(now), source, { resolve, since, ...options });
}

const decide = (simulation: Simulation, line: string): string => {
  const { verdict, ending } = simulation.decide(parseTarget(line));
  return ending?.outcome.httpStatus ? `${verdict} ${ending.outcome.httpStatus}` : verdict;
};

/** What a verdict says, whatever objects it points at. */
const said = ({ verdict, ending, alternatives }: Verdict) => ({
  verdict,
  ends: [
    ...new Set([...(ending ? [ending] : alternatives)].map((one) => JSON.stringify([one.outcome, one.destination]))),
  ],
});

const accepted = (simulation: Simulation): boolean =>
  Object.values(updatesOf(simulation)).every(({ state }) => state === 'accepted' || state === 'absent');

describe('a proxy that runs since it was started with other policies', () => {
  it('keeps its routes of a port where the new ones are refused, and takes the new listener', () => {
    const now = running(
      policies('a.org 80/http'),
      policies('a.org 80/http', 'b.org 80/http', 'b.org 80/http,443/https'),
    );
    assert.equal(decide(now, 'http://a.org/'), 'allowed');
    assert.equal(decide(now, 'http://b.org/'), 'denied 404');
    assert.equal(decide(now, 'https://b.org/'), 'allowed');
    const { listener, routes, clusters } = updatesOf(now);
    assert.deepEqual(
      [listener.inPlace, routes.state, routes.inPlace, clusters.inPlace],
      ['new', 'refused', 'old', 'new'],
    );
  });

  it('lacks the cluster of a route that it kept, where the policy is gone', () => {
    const now = running(policies('a.org 80/http'), policies('b.org 80/http', 'b.org 80/http'));
    assert.equal(decide(now, 'http://a.org/'), 'denied 503');
  });

  it('keeps its listener where the new one is refused, and takes the new routes for it', () => {
    const now = running(
      policies('a.org 80/http,443/https'),
      policies('b.org 80/http', 'a.org 8443/https', 'a.org,b.org 8443/https'),
    );
    assert.equal(decide(now, 'https://a.org/'), 'denied', 'its cluster 443 is gone');
    assert.equal(decide(now, 'http://a.org/'), 'denied 404');
    assert.equal(decide(now, 'http://b.org/'), 'allowed');
    assert.equal(decide(now, 'https://a.org:8443/'), 'denied');
    assert.equal(updatesOf(now).listener.inPlace, 'old');
  });

  it('is told with the first of the refusals where nothing is kept', () => {
    const twice = policies('a.org,a.org 443/https', 'b.org,b.org 8443/https');
    const fresh = simulate(createWorld(twice), source, { resolve });
    assert.equal(updatesOf(fresh).listener.refusals.length, 2);
    const { ending } = fresh.decide(parseTarget('https://a.org/'));
    assert.deepEqual(
      ending?.decidedBy.map(({ object, path }) => [object.metadata.name, ...path].join('.')),
      updatesOf(fresh).listener.at.map(({ object, path }) => [object.metadata.name, ...path].join('.')),
    );
    assert.ok(ending.decidedBy.length > 0 && ending.decidedBy.every(({ object }) => object === twice[0]));
  });

  it('is unpredictable where chance decides whether the new listener is refused', () => {
    const now = running(
      policies('c.org 443/https'),
      policies('a.org,e.org 443/https', 'a.org,e.org,d.org,d.org 443/https'),
    );
    assert.equal(decide(now, 'https://a.org/'), 'unpredictable', 'let through by the new one alone');
    assert.equal(decide(now, 'https://c.org/'), 'unpredictable', 'let through by the old one alone');
    assert.equal(decide(now, 'https://b.org/'), 'denied', 'by neither');
  });

  it('keeps the routes that it is not sent any more', () => {
    const now = running(
      policies('a.org 80/http', 'c.org 8080/http'),
      policies('a.org 8080/http', 'a.org 443/https', 'a.org,b.org 443/https'),
    );
    assert.equal(decide(now, 'http://a.org/'), 'denied 503');
    assert.equal(decide(now, 'http://a.org:8080/'), 'allowed');
    assert.deepEqual([updatesOf(now).routes.state, updatesOf(now).routes.inPlace], ['accepted', 'mixed']);
    const beside = running(
      policies('a.org 80/http', 'c.org 8080/http'),
      policies('d.org 8080/http', 'd.org 8080/http', 'a.org 443/https', 'a.org,b.org 443/https'),
    );
    assert.equal(decide(beside, 'http://a.org/'), 'denied 503', 'what is refused beside it does not touch it');
  });

  it('has nothing any more where nothing is programmed', () => {
    assert.equal(decide(running(policies('a.org 80/http'), []), 'http://a.org/'), 'denied');
  });

  it('is unpredictable where the order decides whether routes beside refused ones arrive', () => {
    const now = running(policies('a.org 80/http'), policies('b.org 80/http', 'c.org 81/http', 'c.org 81/http'));
    assert.equal(decide(now, 'http://b.org/'), 'unpredictable');
    assert.equal(decide(now, 'http://c.org:81/'), 'denied 404');
    const same = running(policies('a.org 80/http'), policies('a.org 80/http', 'c.org 81/http', 'c.org 81/http'));
    assert.equal(decide(same, 'http://a.org/'), 'allowed', 'both ways lead to the same');
  });

  it('has one of before, by chance, where the new listener is refused and the old one may have been', () => {
    const chancy = policies('a.org,e.org 443/https', 'a.org,e.org,d.org,d.org 443/https');
    const now = running(chancy, policies('a.org 443/https', 'a.org,b.org 443/https'));
    assert.equal(decide(now, 'https://a.org/'), 'unpredictable');
    assert.equal(updatesOf(now).listener.inPlace, 'by-chance');
  });

  it('meets at the port of its own listener the one that stays', () => {
    const twice = policies('a.org 443/https', 'a.org,b.org 443/https');
    const perhaps = policies('a.org,e.org 443/https', 'a.org,e.org,d.org,d.org 443/https');
    const itself = policies('- 15001/tcp');
    const seen = (old: Resource[], now: Resource[]) => {
      const { ending, alternatives, obstacles } = running(old, now).decide(parseTarget('http://127.0.0.1:15001/'));
      const endings = ending ? [ending] : alternatives;
      return [...endings.map(({ outcome }) => outcome.class), ...obstacles.map(({ code }) => code)].join(' or ');
    };
    assert.equal(seen([], twice), 'refused', 'nothing listens');
    assert.equal(seen(policies('c.org 443/https'), twice), 'closed');
    assert.equal(seen(itself, twice), 'connects-to-itself');
    assert.equal(seen([], perhaps), 'closed or refused');
    assert.equal(seen(itself, perhaps), 'closed or connects-to-itself');
  });

  it('knows of its pod what is known now, whichever listener stays', () => {
    const own = '127.0.0.1 8080/http';
    const through = "curl -H 'Host: 127.0.0.1:8080' http://192.0.2.1:8080/";
    const now = (options?: SimulationOptions) =>
      running(policies(own), policies(own, 'a.org 443/https', 'a.org,b.org 443/https'), options);
    assert.equal(decide(now(), through), 'unknown');
    assert.equal(decide(now({ onlyDeclaredPorts: true }), through), 'denied 503');
  });

  it('leads a name of which nobody knows the address as either listener may', () => {
    const ways = (now: Simulation) =>
      now
        .decide(parseTarget('tcp://nobody.test:22'))
        .alternatives.map(({ outcome, when }) =>
          [
            outcome.class,
            ...when.map((one) =>
              'except' in one ? `${one.networks.join(' ')} not ${one.except.join(' ')}`.trim() : one.kind,
            ),
          ].join(', '),
        );
    const old = policies('- 22/tcp 192.0.2.0/24');
    const refused = policies('- 22/tcp 198.51.100.0/24', 'a.org 443/https', 'a.org,b.org 443/https');
    assert.deepEqual(ways(running(old, refused)), ['closed, not 192.0.2.0/24', 'reached, 192.0.2.0/24 not']);
    const chancy = ['a.org,e.org 443/https', 'a.org,e.org,d.org,d.org 443/https'];
    assert.deepEqual(ways(running(old, policies('- 22/tcp 198.51.100.0/24', ...chancy))), [
      'closed, not 192.0.2.0/24 198.51.100.0/24, by-chance',
      'closed, not 192.0.2.0/24 198.51.100.0/24, by-chance',
      'closed, 192.0.2.0/24 not, by-chance',
      'reached, 192.0.2.0/24 not, by-chance',
      'reached, 198.51.100.0/24 not, by-chance',
      'closed, 198.51.100.0/24 not, by-chance',
    ]);
  });

  it('says on the way what it kept', () => {
    const kept = (old: Resource[], now: Resource[], line: string) => {
      const events: [TraceEvent['stage'], boolean][] = [];
      running(old, now).decide(parseTarget(line), (event) => 'kept' in event && events.push([event.stage, event.kept]));
      return events;
    };
    const [plain, refused] = [policies('a.org 80/http'), policies('b.org 80/http', 'b.org 80/http')];
    assert.deepEqual(kept(plain, refused, 'http://a.org/'), [
      ['listener', false],
      ['routes', true],
    ]);
    assert.deepEqual(kept([], refused, 'http://a.org/'), [
      ['listener', false],
      ['routes', false],
    ]);
    const perhaps = policies('b.org 80/http', 'c.org 81/http', 'c.org 81/http');
    assert.deepEqual(kept(perhaps, refused, 'http://b.org/').slice(0, 2), [
      ['listener', false],
      ['routes', true],
    ]);
    const { alternatives } = running(perhaps, refused).decide(parseTarget('http://b.org/'));
    assert.deepEqual(
      alternatives.map(({ outcome, when }) => [outcome.httpStatus, ...when]),
      [null, 404].map((status) => [status, { kind: 'by-chance', cause: 'routes-refused-elsewhere' }]),
    );
    const clash = policies('a.org 80/http', 'a.org 443/https', 'a.org,b.org 443/https');
    assert.deepEqual(kept(plain, clash, 'http://a.org/'), [
      ['listener', true],
      ['routes', true],
    ]);
  });

  it('keeps its clusters where the new ones are refused, unless the old ones were', () => {
    const plain = [policy('p', { hosts: ['a.org'] })];
    const refused = [policy('p', { hosts: ['a.org'] }, 'u'), setting('u', { tcp: { connectTimeout: '0s' } })];
    const kept: boolean[] = [];
    const end = (old: Resource[]) => {
      const now = running(old, refused);
      now.decide(parseTarget('http://a.org/'), (event) => event.stage === 'clusters' && kept.push(event.kept));
      return decide(now, 'http://a.org/');
    };
    assert.deepEqual([end(plain), end(refused)], ['allowed', 'denied 503']);
    assert.deepEqual(kept, [true, false, false], 'and the refused ones of before had nothing before them');
    assert.equal(decide(simulate(createWorld(refused), source, { resolve }), 'http://a.org/'), 'denied 503');
  });

  it('may not have the routes that it keeps, where chance decided whether they arrived', () => {
    const root = [service('root'), served('root', 80)];
    const old = [...root, split('s', 'root', ['root', 1]), split('t', 'root', ['none', 1])];
    const refused = policies('a.org 80/http', 'a.org 80/http');
    const clash = policies('a.org 443/https', 'a.org,b.org 443/https');
    const ends = (simulation: Simulation) =>
      simulation
        .decide(parseTarget(byHost('root.shop')))
        .alternatives.map(({ outcome, when }) =>
          [outcome.httpStatus ?? outcome.class, ...when.map((one) => 'cause' in one && one.cause)].join(' '),
        );
    const decider = (simulation: Simulation) => {
      const states: string[] = [];
      const { alternatives } = simulation.decide(parseTarget(byHost('root.shop')), (event) => {
        if (event.stage === 'routes') states.push(event.state);
      });
      const fields = alternatives
        .at(-1)!
        .decidedBy.map(({ object, path }) => [object.metadata.name, ...path].join('.'));
      return [...states, ...fields];
    };
    const fresh = (objects: Resource[]) => simulate(createWorld(objects), source, { resolve });
    assert.deepEqual(decider(fresh(old)), ['accepted', 't.spec.backends']);
    assert.deepEqual(decider(fresh([...root, ...refused])), ['unpredictable', 'p0.spec.hosts.0', 'p1.spec.hosts.0']);
    assert.deepEqual(ends(running(old, [...root, ...refused])), [
      'mesh routes-refused-elsewhere',
      'mesh routes-refused-elsewhere several-splits',
      '404 routes-refused-elsewhere several-splits',
    ]);
    // the service is at another port now, so that the port's routes are not sent any more
    const moved = [service('root', { ports: [{ name: 'http', port: 81 }] }), served('root', 80)];
    const kept = running(old, [...moved, ...clash]);
    assert.deepEqual(ends(kept), ['mesh several-splits', '404 several-splits']);
    assert.deepEqual([updatesOf(kept).routes.state, updatesOf(kept).routes.inPlace], ['accepted', 'by-chance']);
    const beside = running([...root, ...refused], [...moved, ...clash]);
    assert.deepEqual(ends(beside), ['mesh routes-refused-elsewhere', '404 routes-refused-elsewhere']);
  });

  describe('and each of the updates that it is sent', () => {
    const fresh = (objects: readonly Resource[]) => simulate(createWorld(objects), source, { resolve });
    const field = ({ object, path }: FieldRef) => `${object.metadata.name}.${path.join('.')}`;
    const told = (simulation: Simulation) => {
      const { listener, routes, clusters } = updatesOf(simulation);
      return [listener, routes, clusters].map(({ state, inPlace, refusals, at }) =>
        [state, inPlace, refusals.length, ...at.map(field)].join(' '),
      );
    };
    const plain = policies('a.org 80/http');
    const clash = policies('a.org 80/http', 'a.org 443/https', 'a.org,b.org 443/https');
    const chancy = policies('a.org,e.org 443/https', 'a.org,e.org,d.org,d.org 443/https');
    const twice = policies('a.org 80/http', 'a.org 80/http');
    const taken = 'accepted new 0';
    const absent = 'absent none 0';
    const ports = 'p1.spec.ports.0 p2.spec.ports.0';
    const twins = 'p0.spec.ports.0';
    const hosts = 'p0.spec.hosts.0 p1.spec.hosts.0';

    it('is the listener', () => {
      assert.deepEqual(told(fresh(plain)), [taken, taken, taken]);
      assert.deepEqual(told(fresh([])), [absent, absent, taken]);
      assert.deepEqual(told(fresh(clash)), [`refused none 1 ${ports}`, absent, taken]);
      assert.deepEqual(told(running(plain, clash)), [`refused old 1 ${ports}`, taken, taken]);
      assert.deepEqual(told(fresh(chancy))[0], `unpredictable by-chance 0 ${twins.replace('p0', 'p1')}`);
      assert.deepEqual(told(running(chancy, clash))[0], `refused by-chance 1 ${ports}`);
      assert.deepEqual(told(running(chancy, plain)), [taken, taken, taken]);
    });

    it('are the routes', () => {
      assert.deepEqual(told(fresh(twice))[1], `refused none 2 ${hosts}`);
      assert.deepEqual(told(running(plain, twice))[1], `refused old 2 ${hosts}`);
      const beside = policies('b.org 80/http', 'c.org 81/http', 'c.org 81/http');
      const refused = 'refused mixed 2 p1.spec.hosts.0 p2.spec.hosts.0';
      assert.deepEqual(told(fresh(beside))[1], refused, 'by chance beside none');
      assert.deepEqual(
        told(running(beside, policies('b.org 80/http', 'b.org 80/http')))[1],
        `refused by-chance 2 ${hosts}`,
      );
      const old = running(
        policies('a.org 80/http'),
        policies('b.org 81/http', 'a.org 443/https', 'a.org,b.org 443/https'),
      );
      assert.deepEqual(told(old)[1], 'accepted old 0', 'of which it is sent no more');
      const perhaps = policies('a.org,e.org 443/https', 'a.org,e.org,d.org,d.org 443/https', 'b.org 81/http');
      assert.deepEqual(told(running(plain, perhaps))[1], taken, 'those of the listener that may be refused');
      const splits = [
        service('root'),
        served('root', 80),
        split('s', 'root', ['root', 1]),
        split('t', 'root', ['none', 1]),
      ];
      assert.deepEqual(told(fresh(splits))[1], 'unpredictable by-chance 0 t.spec.backends');
    });

    it('are the clusters', () => {
      const tcp = { ports: [{ number: 1, protocol: 'tcp' }] };
      const zero = setting('u', { tcp: { connectTimeout: '0s' } });
      const refused = [policy('p', tcp, 'u'), zero];
      const perhaps = [...refused, policy('q', { ...tcp, ipAddresses: ['10.0.0.0/8'] })];
      const why = '1 u.spec.connectionSettings.tcp.connectTimeout';
      const clusters = (simulation: Simulation) => told(simulation)[2];
      assert.deepEqual(clusters(fresh(refused)), `refused none ${why}`);
      assert.deepEqual(clusters(fresh(perhaps)), `unpredictable by-chance ${why}`);
      assert.deepEqual(clusters(running([policy('p', tcp)], refused)), `refused old ${why}`);
      assert.deepEqual(clusters(running(refused, refused)), `refused none ${why}`);
      assert.deepEqual(clusters(running(perhaps, refused)), `refused by-chance ${why}`);
      const two = policy('q', { ports: [{ number: 2, protocol: 'tcp' }] }, 'u');
      assert.deepEqual(clusters(fresh([...refused, two])), `refused none ${why.replace('1', '2')}`);
    });
  });

  it('keeps the interception that was set up when its pod started', () => {
    const old = [exclusion(3306), ...policies('a.org 80/http')];
    const now = [exclusion(3307), ...policies('a.org 80/http')];
    assert.equal(decide(running(old, now), 'tcp://192.0.2.1:3306'), 'allowed');
    assert.equal(decide(running(old, now), 'tcp://192.0.2.1:3307'), 'denied');
  });

  const pairs = fc.tuple(meetingWorld, meetingWorld);
  const surroundings = (resources: readonly Resource[]) =>
    resources.filter(({ kind }) => kind === 'MeshConfig' || kind === 'Pod' || kind === 'Namespace');

  it('is as a freshly started one where nothing is refused and interception is the same', () => {
    fc.assert(
      fc.property(pairs, ([old, { resources, targets }]) => {
        const policiesBefore = old.resources.filter((one) => !surroundings(old.resources).includes(one));
        const fresh = simulate(createWorld(resources), source, { resolve });
        if (!accepted(fresh)) return;
        const now = running([...surroundings(resources), ...policiesBefore], resources);
        for (const line of targets) {
          const target = parseTarget(line);
          assert.deepEqual(said(now.decide(target)), said(fresh.decide(target)), line);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is as before where it is sent the same again, taken or refused', () => {
    fc.assert(
      fc.property(meetingWorld, ({ resources, targets }) => {
        const fresh = simulate(createWorld(resources), source, { resolve });
        for (const line of targets) {
          const target = parseTarget(line);
          assert.deepEqual(
            said(running(resources, resources).decide(target)).verdict,
            said(fresh.decide(target)).verdict,
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});
