import assert from 'node:assert/strict';
import { difference, mergedClasses, spaceOf } from '../../src/lib/analysis/request-space/index.js';
import type { Egress, HTTPMatch, HTTPRouteGroup, Resource } from '../../src/lib/resources/types.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { requestClassText } from '../../src/lib/wording/request-class.js';

function egress(name: string, spec: Partial<Egress['spec']>, groups: string[] = []): Egress {
  const matches = groups.map((group) => ({
    apiGroup: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    name: group,
  }));
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'apps' },
    spec: { sources: [{ kind: 'ServiceAccount', name: 'a', namespace: 'apps' }], ports: [], ...spec, matches },
  };
}

function group(...matches: Omit<HTTPMatch, 'name'>[]): HTTPRouteGroup {
  return {
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name: 'group', namespace: 'apps' },
    spec: { matches: matches.map((match, index) => ({ name: `match-${index}`, ...match })) },
  };
}

const simulationOf = (...resources: Resource[]) =>
  simulate(createWorld(resources), { namespace: 'apps', serviceAccount: 'a' });

const http = [{ number: 80, protocol: 'http' }];

describe('classes of requests in words', () => {
  it('say all that a source can reach', () => {
    const simulation = simulationOf(
      group({ pathRegex: '/api/v1/.*', methods: ['GET'] }, { pathRegex: '/health', methods: ['GET', 'HEAD'] }),
      egress('web', { hosts: ['api.example.com'], ports: http }, ['group']),
      egress('tls', { hosts: ['secure.example.com', '*.example.org'], ports: [{ number: 443, protocol: 'https' }] }),
      egress('db', { ipAddresses: ['10.0.0.0/8', '192.0.2.7/32'], ports: [{ number: 5432, protocol: 'tcp' }] }),
    );
    const reached = mergedClasses(spaceOf([simulation])).filter(({ verdicts }) => verdicts[0]!.verdict === 'allowed');
    assert.deepEqual(
      reached.map((one) => `${requestClassText(one)}: ${one.witness.command}`),
      [
        'GET to /api/v1/… or /health on 80/http of api.example.com, wherever it resolves to: curl --resolve api.example.com:80:203.0.113.254 http://api.example.com/health',
        'HEAD to /health on 80/http of api.example.com, wherever it resolves to: curl -I --resolve api.example.com:80:203.0.113.254 http://api.example.com/health',
        'TLS on port 443 of secure.example.com and *.example.org, wherever it resolves to: curl --resolve secure.example.com:443:203.0.113.254 https://secure.example.com/',
        'TLS, HTTP and other bytes on port 5432, at 10.0.0.0/8 or 192.0.2.7: curl --resolve example.com:5432:10.0.0.1 https://example.com:5432/',
        'clients that wait for the server on port 5432, at 10.0.0.0/8 or 192.0.2.7: tcp://10.0.0.1:5432 --server-first',
        'everything on port 15000, at 127.0.0.1: curl --resolve example.com:15000:127.0.0.1 http://example.com:15000/',
        'everything on ports 15010, 15901, 15902, 15903 and 15904, at every loopback address but ::1: curl --resolve example.com:15010:127.0.0.1 http://example.com:15010/',
        'everything on every port, at an IPv6 address: curl --resolve example.com:80:2001:db8::1 http://example.com/',
      ],
    );
  });

  it('say what an edit changes, and nothing else', () => {
    const before = simulationOf(
      group({ pathRegex: '/api/v1/.*', methods: ['GET'] }, { pathRegex: '/health' }),
      egress('web', { hosts: ['api.example.com'], ports: http }, ['group']),
      egress('db', { ipAddresses: ['10.0.0.0/8'], ports: [{ number: 5432, protocol: 'tcp-server-first' }] }),
    );
    const after = simulationOf(
      group({ pathRegex: '/api/.*', methods: ['GET'] }, { pathRegex: '/health', headers: [{ 'x-env': 'prod|stage' }] }),
      egress('web', { hosts: ['api.example.com'], ports: http }, ['group']),
      egress('db', { ipAddresses: ['10.0.0.0/9'], ports: [{ number: 5432, protocol: 'tcp-server-first' }] }),
    );
    const { differing, undecided } = difference(before, after);
    assert.deepEqual(undecided, []);
    assert.deepEqual(
      differing.map((one) => `${one.before.verdict} → ${one.after.verdict}: ${requestClassText(one.class)}`),
      [
        'allowed → denied: every method to /health on 80/http of api.example.com with x-env not matching prod|stage, or without it, wherever it resolves to',
        'denied → allowed: GET to /api/… but /api/v1/… on 80/http of api.example.com, wherever it resolves to',
        'allowed → denied: M-SEARCH and methods that HTTP does not know to /health on 80/http of api.example.com with x-env not matching prod|stage, or without it by HTTP/2, wherever it resolves to',
        'allowed → denied: everything on port 5432, at 10.128.0.0/9',
      ],
    );
  });
});
