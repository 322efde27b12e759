import assert from 'node:assert/strict';
import { judge, type Expectation } from '../../../src/lib/analysis/policy-test/expectation.js';
import type { KubernetesObject } from '../../../src/lib/resources/types.js';
import { outcomeOf, type OutcomeClass } from '../../../src/lib/simulator/outcome.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { verdictOf, type Alternative, type Condition } from '../../../src/lib/simulator/verdict.js';

const target = parseTarget('http://a.com');
const policy: KubernetesObject = {
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name: 'web', namespace: 'shop' },
};
const chance: Condition = { kind: 'by-chance', cause: 'weighted-clusters' };

function ending(outcomeClass: OutcomeClass, status: number | null = null): Alternative {
  const decidedBy = [{ object: policy, path: [] }];
  return { outcome: outcomeOf(target, outcomeClass, status), destination: null, decidedBy, when: [chance] };
}

const judged = (expected: Expectation, ...endings: Alternative[]) => judge(expected, verdictOf(endings, [], []));

describe('judging an expectation', () => {
  it('holds when every possible ending meets it', () => {
    assert.equal(judged({ verdict: 'denied' }, ending('http', 404), ending('http', 503)), 'passed');
    assert.equal(judged({ verdict: 'denied', class: 'http' }, ending('http', 404), ending('http', 503)), 'passed');
  });

  it('fails when none does', () => {
    assert.equal(judged({ verdict: 'allowed' }, ending('http', 404), ending('closed')), 'failed');
    assert.equal(judged({ status: 200 }, ending('http', 404), ending('http', 503)), 'failed');
  });

  it('cannot be decided when some do', () => {
    assert.equal(judged({ verdict: 'allowed' }, ending('reached'), ending('closed')), 'undecided');
    assert.equal(judged({ status: 404 }, ending('http', 404), ending('http', 503)), 'undecided');
  });

  it('looks at each ending, also where the verdict is certain', () => {
    const when = (pod: string): Condition[] => [{ kind: 'pod-is', pods: [pod] }];
    const endings = [
      { ...ending('reached'), when: when('a') },
      { ...ending('mesh'), decidedBy: [], when: when('b') },
    ];
    const judgedOf = (expected: Expectation) => judged(expected, ...endings);
    assert.equal(judgedOf({ verdict: 'allowed' }), 'passed');
    assert.equal(judgedOf({ class: 'reached' }), 'undecided');
    assert.equal(judgedOf({ decidedBy: [{ name: 'web' }] }), 'undecided');
    assert.equal(judgedOf({ class: 'closed' }), 'failed');
  });

  it('cannot be decided where an obstacle leaves endings open', () => {
    const obstacle = { code: 'request-not-modelled', details: [] } as const;
    for (const endings of [[], [ending('closed')], [ending('reached')]]) {
      const verdict = verdictOf(endings, [obstacle], []);
      assert.equal(judge({ verdict: 'allowed' }, verdict), 'undecided');
      assert.equal(judge({ verdict: 'denied' }, verdict), 'undecided');
      assert.equal(judge({ verdict: 'unknown' }, verdict), 'passed');
      assert.equal(judge({ verdict: 'unpredictable' }, verdict), 'failed');
    }
    assert.equal(judged({ verdict: 'allowed' }), 'undecided', 'without any ending');
  });

  it('takes each of the exit codes that curl may end with', () => {
    const closed = ending('closed');
    for (const curlExitCode of closed.outcome.curlExitCodes) assert.equal(judged({ curlExitCode }, closed), 'passed');
    assert.equal(judged({ curlExitCode: 7 }, closed), 'failed');
  });

  it('compares deciding objects by what is written of them', () => {
    const by = (name: string, namespace?: string, kind?: string) =>
      judged({ decidedBy: [{ name, namespace, kind }] }, ending('closed'));
    assert.deepEqual([by('web'), by('web', 'shop'), by('web', 'shop', 'Egress')], ['passed', 'passed', 'passed']);
    assert.deepEqual([by('db'), by('web', 'other'), by('web', 'shop', 'Pod')], ['failed', 'failed', 'failed']);
    assert.equal(judged({ decidedBy: [{ name: 'web' }, { name: 'db' }] }, ending('closed')), 'failed');
    assert.equal(judged({ decidedBy: [] }, ending('closed')), 'failed');
    assert.equal(judged({ decidedBy: [] }, { ...ending('closed'), decidedBy: [] }), 'passed');
  });
});
