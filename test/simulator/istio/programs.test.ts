import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { WORLDS } from './programs.js';
import { clusterText, entry, object, programOf, programText, routesText, to, virtualService } from './worlds.js';

/**
 * Programs in full, which were read against docs/istio-egress.md and the specification line by line: what they send where, and from what
 * place of the objects it comes.
 */
const expected = JSON.parse(readFileSync(new URL('programs.json', import.meta.url), 'utf8')) as Record<string, object>;

describe('what istiod programs', () => {
  for (const [name, [objects, given]] of Object.entries(WORLDS)) {
    it(name, () => {
      assert.deepEqual(programText(programOf(objects, given)), expected[name]);
    });
  }
});

describe('rules of VirtualServices', () => {
  it('of HTTP that name gateways are not asked who asks; those of TLS and TCP are', () => {
    const stranger = { sourceLabels: { app: 'x' }, sourceNamespace: 'other' };
    const gateways = ['x', 'mesh'];
    const program = programOf([
      entry('a', 'a.test', [
        [80, 'HTTP'],
        [443, 'TLS'],
        [3306, 'TCP'],
      ]),
      virtualService('v', 'a.test', {
        http: [
          { match: [{ ...stranger }], directResponse: { status: 401 } },
          { match: [{ ...stranger, gateways: [] }], directResponse: { status: 402 } },
          { match: [{ ...stranger, gateways, port: 81 }], directResponse: { status: 403 } },
          { match: [{ ...stranger, gateways }], directResponse: { status: 404 } },
        ],
        tls: [{ match: [{ ...stranger, gateways, sniHosts: ['a.test'] }], ...to('b.test') }],
        tcp: [{ match: [{ ...stranger, gateways }], ...to('b.test') }],
      }),
    ]);
    assert.deepEqual(routesText(program, '80').slice(2, 4), [
      '  any → 404 of VirtualService v spec.http.3.match.0',
      '* of the mesh',
    ]);
    const led = ['443', '3306'].map((port) => {
      const { filterChains, defaultFilterChain } = program.boundListeners!.get(port)!;
      const { target } = filterChains[0] ?? defaultFilterChain!;
      return 'clusters' in target ? target.clusters.map(({ clusters }) => clusters[0]!.name) : [];
    });
    assert.deepEqual(led, [['outbound|443||a.test'], ['outbound|3306||a.test']]);
  });

  it('without HTTP have nothing to say about it', () => {
    const program = programOf([
      entry('a', 'a.test', [
        [80, 'HTTP'],
        [443, 'TLS'],
      ]),
      virtualService('v', 'a.test', { tls: [{ match: [{ sniHosts: ['a.test'] }], ...to('b.test') }] }),
    ]);
    assert.deepEqual(routesText(program, '80').slice(1, 3), [
      'a.test of ServiceEntry a spec.hosts.0',
      '  any → outbound|80||a.test (100) by ServiceEntry a spec.hosts.0 of ServiceEntry a spec.hosts.0',
    ]);
  });

  it('are for other hosts of theirs too, on ports where a service of theirs speaks HTTP, or what is found out', () => {
    const program = programOf([
      entry('a', 'a.test', [[8080], [8081, 'TLS']], { addresses: ['192.0.2.1'] }),
      entry('c', 'c.test', [
        [8080, 'HTTP'],
        [8081, 'HTTP'],
      ]),
      virtualService('v', 'a.test more.test', { http: [{ directResponse: { status: 401 } }] }),
    ]);
    const hosts = (port: string) => program.routeConfigurations.get(port)!.virtualHosts.flatMap((one) => one.domains);
    assert.deepEqual(hosts('8080'), ['more.test', 'c.test', '*']);
    assert.deepEqual(hosts('8081'), ['c.test', '*']);
  });

  it('lead to the port itself where none is behind it', () => {
    const program = programOf([entry('b', '*.b.test', [[443, 'TLS']], { resolution: 'DYNAMIC_DNS' })]);
    assert.equal(clusterText(program, 'outbound|443||*.b.test'), 'dynamic-dns 443');
  });

  it('are known where a Sidecar imports one of the hosts', () => {
    const program = programOf([
      entry('other/b', 'b.test', [[80, 'HTTP']]),
      virtualService('other/v', 'z.example b.test', { http: [{ directResponse: { status: 401 } }] }),
      object('Sidecar', 's', { egress: [{ hosts: ['other/*.test'] }] }),
    ]);
    assert.equal(routesText(program, '80')[2], '  any → 401 of VirtualService v spec.http.0');
  });
});
