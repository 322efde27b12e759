import assert from 'node:assert/strict';
import { fits, isAmbiguous, isFailureOfServer } from '../../../src/lib/egress/verify/compare.js';
import { obstacleToSending, type Observation } from '../../../src/lib/egress/verify/observe.js';
import { VerifiedTally, type Verified } from '../../../src/lib/egress/verify/index.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import type { ConnectionState } from '../../../src/lib/wording/observation.js';
import { egress, meshConfig, namespace } from '../../egress/support.js';

const world = createWorld([
  meshConfig(),
  namespace('curl'),
  egress('a', '80/http', { hosts: ['a.example'] }),
  egress('b', '443/https', { hosts: ['b.example'] }),
  egress('c', '5432/tcp'),
]);
const simulation = simulate(world, { namespace: 'curl', serviceAccount: 'curl' });
const verdictOf = (target: string) => simulation.decide(parseTarget(target));
const saw = (exitCode: number, httpStatus: number | null = null, fromEnvoy = false): Observation => ({
  exitCode,
  httpStatus,
  fromEnvoy,
  address: undefined,
  connection: null,
});

describe('what curl saw in a pod', () => {
  const cases: readonly (readonly [target: string, seen: Observation, agrees: boolean, serverFails?: boolean])[] = [
    ['http://a.example/', saw(0, 200), true],
    ['http://a.example/', saw(0, 404), true],
    ['http://a.example/', saw(0, 404, true), false],
    ['http://a.example/', saw(0, 503, true), false, true],
    ['http://a.example/', saw(56), false, true],
    ['http://a.example/', saw(28), false, true],
    ['http://a.example/', saw(6), false],
    ['curl -f http://a.example/', saw(22, 404), true],
    ['http://c.example/', saw(0, 404, true), true],
    ['http://c.example/', saw(0, 404), false],
    ['http://c.example/', saw(0, 200), false],
    ['http://c.example/', saw(56), false],
    ['curl -f http://c.example/', saw(22, 404, true), true],
    ['https://b.example/', saw(0, 200), true],
    ['https://b.example/', saw(60), true],
    ['https://b.example/', saw(35), false, true],
    ['https://c.example/', saw(35), true],
    ['https://c.example/', saw(60), false],
    ['https://c.example/', saw(0, 200), false],
    ['http://a.example:81/', saw(52), true],
    ['http://a.example:81/', saw(7), false],
  ];
  for (const [target, seen, agrees, serverFails = false] of cases) {
    it(`${target}: ${JSON.stringify(seen)} ${agrees ? 'agrees' : 'differs'}`, () => {
      const verdict = verdictOf(target);
      assert.equal(fits(verdict, seen), agrees);
      assert.equal(isFailureOfServer(verdict, seen), serverFails);
    });
  }

  const raw = (connection: ConnectionState, exitCode = 0, httpStatus: number | null = null): Observation => ({
    ...saw(exitCode, httpStatus, httpStatus !== null),
    connection,
  });
  const connections: readonly (readonly [
    target: string,
    seen: Observation,
    agrees: boolean,
    serverFails: boolean,
    ambiguous: boolean,
  ])[] = [
    ['tcp://a.example:5432', raw('answered'), true, false, false],
    ['tcp://a.example:5432', raw('open', 28), true, false, false],
    ['tcp://a.example:5432 --server-first', raw('open', 28), true, false, true],
    ['tcp://a.example:5432', raw('closed', 56), false, true, true],
    ['tcp://a.example:5432', raw('refused', 7), false, true, false],
    ['tcp://a.example:5432', raw('none', 6), false, false, false],
    ['tcp://a.example:5432', raw('answered', 0, 400), false, false, true],
    ['tcp://a.example:5433', raw('closed'), true, false, true],
    ['tcp://a.example:5433', raw('answered'), false, false, false],
    ['tcp://a.example:5433', raw('open', 28), false, false, false],
    ['tls://b.example:443', raw('secured', 52), true, false, false],
    ['tls://b.example:443', raw('closed', 35), false, true, true],
    ['tls://c.example:443', raw('closed', 35), true, false, true],
    ['tls://c.example:443', raw('secured'), false, false, false],
  ];
  for (const [target, seen, agrees, serverFails, ambiguous] of connections) {
    it(`${target}: ${seen.connection}, exit code ${seen.exitCode} ${agrees ? 'agrees' : 'differs'}`, () => {
      const verdict = verdictOf(target);
      assert.deepEqual(
        [fits(verdict, seen), isFailureOfServer(verdict, seen), isAmbiguous(verdict, parseTarget(target), seen)],
        [agrees, serverFails, ambiguous],
      );
    });
  }

  it('is not asked of what curl cannot tell, of other programs and other pods', () => {
    const pod = { namespace: 'curl', name: 'curl-0' };
    const ask = (target: string) => obstacleToSending(parseTarget(target), pod, null);
    assert.equal(ask('http://a.example/'), undefined);
    assert.equal(ask('kubectl exec curl-0 -n curl -- curl http://a.example/'), undefined);
    assert.match(ask('kubectl exec other-0 -n curl -- curl http://a.example/') ?? '', /another pod/);
    assert.match(ask('kubectl --context other exec curl-0 -n curl -- curl http://a.example/') ?? '', /another context/);
    assert.equal(ask('tcp://a.example:5432 --server-first'), undefined);
    assert.equal(ask('tls://a.example:5432 --sni b.example'), undefined);
    assert.match(ask('tls://a.example:5432 --alpn odd') ?? '', /protocols/);
    assert.match(ask('udp://a.example:53') ?? '', /no UDP/);
    assert.match(ask('wget http://a.example/') ?? '', /another program/);
    assert.match(ask('curl -x http://proxy:1 http://a.example/') ?? '', /-x|proxy/);
  });

  it('counts for the exit code: a difference most, then what is not known', () => {
    const code = (...statuses: Verified['status'][]) => {
      const tally = new VerifiedTally();
      for (const status of statuses) tally.add({ status } as Verified);
      return tally.code;
    };
    assert.deepEqual(
      [code('agree'), code('agree', 'unexplained'), code('not-asked'), code('unexplained', 'differ')],
      [0, 4, 4, 1],
    );
  });
});
