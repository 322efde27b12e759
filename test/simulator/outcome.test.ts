import assert from 'node:assert/strict';
import { isAllowed, outcomeOf, type OutcomeClass } from '../../src/lib/simulator/outcome.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';

/** Outcomes are kept, each by its delay, too: with one of its own it is made anew. */
let delay = 1000;
const codes = (line: string, outcomeClass: OutcomeClass, status: number | null = null) =>
  outcomeOf(parseTarget(line), outcomeClass, status, ++delay).curlExitCodes.join();

describe('how a request ends (egress semantics §6)', () => {
  it('is told by somebody', () => {
    const from: [OutcomeClass, string][] = [
      ['refused', 'kernel'],
      ['closed', 'envoy'],
      ['tls-error', 'envoy'],
      ['http', 'envoy'],
      ['stalled', 'envoy'],
      ['reached', 'upstream'],
      ['mesh', 'upstream'],
      ['unresolved', 'resolver'],
    ];
    for (const [outcomeClass, who] of from) {
      const outcome = outcomeOf(parseTarget('http://a/'), outcomeClass);
      assert.deepEqual([outcome.from, outcome.delaySeconds, outcome.httpStatus], [who, 0, null]);
      assert.equal(isAllowed(outcome), who === 'upstream', outcomeClass);
    }
  });

  it('is one object for equal targets, and another where anything differs', () => {
    const target = parseTarget('http://a/');
    assert.equal(outcomeOf(target, 'http', 404), outcomeOf(parseTarget('http://b/'), 'http', 404, 0));
    const others = [
      outcomeOf(target, 'http', 403),
      outcomeOf(target, 'closed', 404),
      outcomeOf(target, 'http', 404, 15),
      outcomeOf(parseTarget('curl -f http://a/'), 'http', 404),
      outcomeOf(parseTarget('curl --http2-prior-knowledge http://a/'), 'http', 404),
    ];
    assert.equal(new Set([outcomeOf(target, 'http', 404), ...others]).size, 6);
  });

  it('has the exit codes of curl', () => {
    const plain = 'curl http://a/';
    assert.deepEqual([codes(plain, 'unresolved'), codes(plain, 'refused'), codes(plain, 'stalled')], ['6', '7', '28']);
    assert.equal(codes(plain, 'closed'), '56,52,55');
    assert.equal(codes('curl --http2-prior-knowledge http://a/', 'closed'), '56,52,55,16');
    assert.deepEqual([codes('https://a/', 'closed'), codes('https://a/', 'tls-error')], ['35', '35']);
    assert.deepEqual([codes(plain, 'http', 404), codes(plain, 'reached'), codes(plain, 'mesh')], ['0', '0', '0']);
    const failing = 'curl -f http://a/';
    assert.deepEqual(
      [399, 400, 503, null].map((status) => codes(failing, 'http', status)),
      ['0', '22', '22', '0'],
    );
    assert.deepEqual([codes(failing, 'reached'), codes(failing, 'mesh')], ['0,22', '0,22']);
  });

  it('has other ones at a proxy, and none that are known of another client', () => {
    const all: OutcomeClass[] = ['unresolved', 'refused', 'reached', 'mesh', 'closed'];
    const of = (words: string) => all.map((one) => codes(`curl ${words}`, one)).join(' ');
    assert.equal(of('-x http://p:3128 http://a/'), '5 7   56,52,55');
    assert.equal(of('-x http://p:3128 https://a/'), '5 7   56');
    assert.equal(of('-x https://p:3128 http://a/'), '5 7   35');
    assert.equal(of('-x socks5://p:1080 http://a/'), '5 7   97');
    const wget = { ...parseTarget('curl -x http://p:3128 http://a/'), notCurl: true } as const;
    for (const one of all) assert.deepEqual(outcomeOf(wget, one, null, ++delay).curlExitCodes, [], one);
    for (const line of ['wget -q -O- http://a/', 'tcp://a:1', 'wget -e http_proxy=http://p:3128 http://a/'])
      assert.deepEqual(new Set(all.map((one) => codes(line, one))), new Set(['']), line);
  });
});
