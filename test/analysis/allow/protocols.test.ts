import assert from 'node:assert/strict';
import { policyHostFor, protocolChoices } from '../../../src/lib/analysis/allow/protocols.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';

describe('what a request can be let through as', () => {
  const cases: readonly (readonly [command: string, ...choices: string[]])[] = [
    ['tcp://db:5432', 'tcp', 'tcp-server-first, to extend'],
    ['https://a.com/', 'https', 'tcp instead: nothing-else-works'],
    ['https://192.0.2.1/', 'tcp', 'https, to extend'],
    ['http://a.com/', 'http', 'tcp instead: nothing-else-works'],
    ['http://192.0.2.1/', 'http', 'tcp instead: nothing-else-works'],
    ['curl --http1.0 http://a.com/', 'tcp instead: http-1.0'],
    ['curl --http1.0 https://a.com/', 'https', 'tcp instead: nothing-else-works'],
    ["curl -H 'Host: *.a.com' http://a.com/", 'tcp instead: host-cannot-resolve'],
    ["curl -H 'Host: a.com:81' http://a.com/", 'tcp instead: host-cannot-resolve'],
    ["curl -H 'Host:' http://a.com/", 'tcp instead: envoy-answers'],
  ];
  for (const [command, ...choices] of cases) {
    it(command, () => {
      const found = protocolChoices(parseTarget(command)).map(
        ({ protocol, detour, onlyToExtend }) =>
          `${protocol}${detour ? ` instead: ${detour}` : ''}${onlyToExtend ? ', to extend' : ''}`,
      );
      assert.deepEqual(found, choices);
    });
  }

  it('a server that speaks first', () => {
    const choices = protocolChoices({ ...parseTarget('tcp://db:5432'), serverFirst: true });
    assert.deepEqual(choices, [{ protocol: 'tcp-server-first' }, { protocol: 'tcp' }]);
  });
});

describe('the host that a policy must list', () => {
  const cases: readonly (readonly [command: string, host: string | undefined])[] = [
    ['http://a.com/', 'a.com'],
    ['http://A.com/', 'A.com'],
    ['http://a.com:8080/', 'a.com'],
    ["curl -H 'Host: b.com' http://a.com/", 'b.com'],
    ["curl -H 'Host: b.com:8080' http://a.com:8080/", 'b.com'],
    ["curl -H 'Host: b.com:80' http://a.com/", 'b.com'],
    ["curl -H 'Host: b.com:80' http://a.com:8080/", undefined],
    ["curl -H 'Host: b.com:8' http://a.com:80/", undefined],
    ["curl -H 'Host: *' http://a.com/", undefined],
    ['http://192.0.2.1:8080/', '192.0.2.1'],
    ['http://[2001:db8::1]/', undefined],
    ["curl -H 'Host: 2001:db8::1' http://192.0.2.1/", '2001:db8::1'],
    ['https://a.com/', 'a.com'],
    ["curl -H 'Host: b.com' https://a.com/", 'a.com'],
    ['https://192.0.2.1/', undefined],
    ['tcp://db:5432', undefined],
  ];
  for (const [command, host] of cases) {
    it(`${command}: ${host ?? 'none'}`, () => {
      assert.equal(policyHostFor(parseTarget(command)), host);
    });
  }
});
