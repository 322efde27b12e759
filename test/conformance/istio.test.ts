import assert from 'node:assert/strict';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import type { TraceEvent } from '../../src/lib/simulator/trace.js';
import { describeVerdict } from './agreement.js';
import { istioHosts, istioSimulationOf, istioWorldOf, recordedIstioWorlds, type IstioExpectation } from './istio.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';

/** Probes that were answered by what no resource tells, with what proves the rest of the verdict. */
const PROVEN = new Map([
  [
    'http-upstream-down curl http://httpbin.org:9999/',
    'nothing listens at httpbin.org:9999 in the laboratory; Envoy’s cluster for it is the verdict’s',
  ],
]);

const hosts = istioHosts();
const counts = { probes: 0, agreeing: 0, proven: 0 };

describe('conformance: istio', () => {
  for (const recorded of recordedIstioWorlds()) {
    const world = istioWorldOf(recorded);
    const simulation = istioSimulationOf(recorded, hosts, world);
    it(`${recorded.name}: admission`, () => {
      const said = (kind: 'error' | 'warning') => (one: { error?: string; warning?: string }) =>
        one[kind] !== undefined;
      for (const kind of ['error', 'warning'] as const) {
        const expected = (recorded.admission ?? []).filter(said(kind)).map((one) => `${one.kind} ${one.name}`);
        const found = world.admissions.filter(said(kind)).map(({ object }) => `${object.kind} ${object.metadata.name}`);
        assert.deepEqual(found.sort(), expected.sort(), kind);
      }
    });
    for (const { target, expect } of recorded.probes) {
      counts.probes++;
      it(`${recorded.name}: ${target}`, () => {
        const events: TraceEvent[] = [];
        const verdict = simulation.decide(parseTarget(target), (event) => events.push(event));
        const proof = PROVEN.get(`${recorded.name} ${target}`);
        if (proof) {
          assert.ok(expect.class === 'http' && verdict.ending?.destination?.cluster === expect.cluster, proof);
          counts.proven++;
          return;
        }
        assert.equal(disagreement(verdict, events, expect), undefined);
        counts.agreeing++;
      });
    }
  }
});

/** What differs, in words; undefined when they agree. */
function disagreement(verdict: Verdict, events: readonly TraceEvent[], expected: IstioExpectation): string | undefined {
  const { ending } = verdict;
  const told = `${JSON.stringify(expected)} was recorded, not ${describeVerdict(verdict)} in ${clusterOf(events)}`;
  if (!ending) return told;
  const { outcome, destination } = ending;
  const address = destination?.address;
  const place = address?.includes(':') ? `[${address}]:${destination?.port}` : `${address}:${destination?.port}`;
  // the status of the server's own answer is no part of a verdict
  const status = outcome.class === 'http' ? (expected.status ?? null) : null;
  const agrees =
    outcome.class === expected.class &&
    outcome.httpStatus === status &&
    outcome.delaySeconds === (expected.delay ?? 0) &&
    (expected.address === undefined || place === expected.address) &&
    (expected.cluster === undefined || clusterOf(events) === expected.cluster);
  return agrees ? undefined : told;
}

/** The cluster that the sidecar chose, whatever came of it. */
function clusterOf(events: readonly TraceEvent[]): string | undefined {
  const clusters = events.flatMap((event) => {
    if (event.stage === 'filter-chain' && event.chain?.target.filter === 'tcp_proxy') {
      return event.chain.target.clusters.flatMap(({ clusters: own }) => own.map(({ name }) => name));
    }
    if (event.stage === 'route') {
      const { route } = event;
      const answered = route?.directResponse?.cluster;
      return answered
        ? [answered]
        : (route?.clusters ?? []).flatMap(({ clusters: own }) => own.map(({ name }) => name));
    }
    return [];
  });
  return clusters.at(-1)?.split(' → ', 1)[0];
}

after(() => {
  const { probes, agreeing, proven } = counts;
  console.log(`conformance with Istio: ${agreeing + proven} of ${probes} probes agree, ${proven} of them by a proof`);
});
