import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { externalTraffic } from '../../src/lib/command/words/external-traffic.js';
import { readConfigDump } from '../../src/lib/analysis/envoy-dump/index.js';
import { readDumpNames } from '../../src/lib/analysis/envoy-dump/names.js';
import { UsageError } from '../../src/lib/errors.js';
import { verifyExternal, type ExternalTraffic } from '../../src/lib/mesh/verify/external-traffic.js';
import { failure, success, together, unknown } from '../../src/lib/mesh/verify/result.js';
import { verifyPath } from '../../src/lib/mesh/verify/service-path.js';
import {
  inboundProblem,
  ingressProblem,
  listenerProblem,
  outboundProblem,
} from '../../src/lib/mesh/verify/service-traffic.js';
import type { Endpoints, Pod, Resource, Service } from '../../src/lib/resources/types.js';
import { meshServicesOf } from '../../src/lib/simulator/control-plane/mesh-services.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { egress, meshConfig, namespace } from '../egress/support.js';
import { dumpForm } from '../support/dump-form.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };
const podOf = (home: string, name: string, account: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: home },
  spec: { serviceAccountName: account, containers: [{ name: 'envoy' }], initContainers: [{ name: 'osm-init' }] },
});
const pod = podOf('curl', 'p', 'curl');
const shipped = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/config-dump/${name}.json`, import.meta.url), 'utf8'));

function verify(dump: unknown, traffic: ExternalTraffic, objects: readonly Resource[] = [meshConfig()]) {
  const notes: string[] = [];
  const client = { world: createWorld([...objects, pod]), source, pod, dump: readConfigDump(dump) };
  return { ...verifyExternal('x', traffic, client, (note) => notes.push(note)), notes };
}

const programmed = (...objects: Resource[]): unknown => {
  const world = createWorld([namespace('curl'), ...objects]);
  return JSON.parse(JSON.stringify(dumpForm(simulate(world, source))));
};

describe('verify connectivity to the outside', () => {
  const asked: readonly (readonly [string, string | undefined, number, string, RegExp?])[] = [
    ['http', 'httpbin.org', 80, 'Success'],
    ['http', 'httpbin.org:80', 80, 'Success'],
    ['HTTP', 'HTTPBIN.org', 80, 'Success'],
    ['https', 'httpbin.org', 443, 'Success'],
    ['https', undefined, 443, 'Success'],
    ['HTTPS', 'httpbin.org', 443, 'Success'],
    ['http', undefined, 80, 'Success'],
    ['grpc', 'httpbin.org', 80, 'Success'],
    // the program that is mirrored errs here
    ['https', 'example.com', 443, 'Failure', /filter chain not found for port=443, protocol=https, host=example\.com/],
    ['http', 'example.com', 80, 'Failure', /virtual host for domain example\.com not found/],
    ['tcp', undefined, 100, 'Failure', /filter chain not found for port=100, protocol=tcp/],
    ['tcp', 'httpbin.org', 80, 'Failure', /protocol=tcp, host=httpbin\.org/],
    ['https', 'httpbin.org', 80, 'Failure'],
  ];
  for (const [protocol, host, port, status, reason] of asked) {
    it(`gives the shipped dump's verdict on ${protocol}://${host ?? 'any host'}:${port}: ${status}`, () => {
      const found = verify(shipped('curl_egress'), externalTraffic(protocol, host, port));
      assert.equal(found.status, status, found.reason);
      if (reason) assert.match(found.reason ?? '', reason);
    });
  }

  it('lets everything out through the default chain of mesh-wide egress', () => {
    const dump = programmed(meshConfig({ traffic: { enableEgress: true } }));
    for (const protocol of ['http', 'https', 'tcp', 'tcp-server-first', 'grpc'] as const) {
      assert.equal(verify(dump, { protocol, host: 'a.example', port: 3306 }).status, 'Success', protocol);
    }
  });

  it('knows what goes past the proxy', () => {
    const excluded = meshConfig({ traffic: { outboundPortExclusionList: [3306] } });
    const traffic = { protocol: 'tcp', host: 'a.example', port: 3306 } as const;
    const dump = programmed(egress('a', '80/http', { hosts: ['a.example'] }));
    assert.equal(verify(dump, traffic).status, 'Failure');
    assert.equal(verify(dump, traffic, [excluded]).status, 'Success');
  });

  it('does not know what depends on an address, unless any will do', () => {
    const dump = programmed(egress('a', '5432/tcp', { ipAddresses: ['192.0.2.0/24'] }));
    const ask = (host: string | undefined) => verify(dump, { protocol: 'tcp', host, port: 5432 });
    assert.deepEqual(
      [ask('db.example').status, ask('192.0.2.7').status, ask('198.51.100.1').status, ask(undefined).status],
      ['Unknown', 'Success', 'Failure', 'Success'],
    );
    assert.match(ask(undefined).notes.join(), /depends on the address/);
  });

  it('does not know what the reader of dumps does not understand', () => {
    const text = JSON.stringify(shipped('curl_egress')).replace('"server_names"', '"source_ports":[1],"server_names"');
    const found = verify(JSON.parse(text), { protocol: 'https', host: 'httpbin.org', port: 443 });
    assert.deepEqual([found.status, /source_ports/.test(found.reason ?? '')], ['Unknown', true]);
  });

  it('agrees with egress explain on what the policies program', () => {
    const objects = [
      meshConfig(),
      egress('a', '80/http', { hosts: ['a.example'] }),
      egress('b', '443/https', { hosts: ['b.example'] }),
    ];
    const dump = programmed(...objects);
    const simulation = simulate(createWorld([namespace('curl'), ...objects]), source);
    for (const [protocol, host, port] of [
      ['http', 'a.example', 80],
      ['http', 'b.example', 80],
      ['https', 'b.example', 443],
      ['https', 'a.example', 443],
      ['tcp', 'a.example', 443],
    ] as const) {
      const { verdict } = simulation.decide(parseTarget(`${protocol}://${host}:${port}`));
      const wanted = verdict === 'allowed' ? 'Success' : 'Failure';
      assert.equal(verify(dump, { protocol, host, port }).status, wanted, `${protocol} ${host}`);
    }
  });

  it('refuses what is no protocol, and two ports', () => {
    assert.throws(() => externalTraffic('htp', undefined, 80), UsageError);
    assert.throws(() => externalTraffic('http', 'a.example:81', 80), UsageError);
    assert.equal(externalTraffic('tcp', '[2001:db8::1]:80', 80).host, '2001:db8::1');
  });
});

describe('verify, by names in dumps', () => {
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'httpbin', namespace: 'httpbin' },
    spec: { clusterIP: '10.96.15.1', ports: [{ name: 'http', port: 14001 }] },
  };
  const endpoints: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'httpbin', namespace: 'httpbin' },
    subsets: [{ addresses: [{ ip: '10.244.0.5' }], ports: [{ name: 'http', port: 14001 }] }],
  };
  const trafficOf = (changed: Service) => ({
    service: changed,
    ports: meshServicesOf(createWorld([changed, endpoints]), changed),
  });
  const [client, server] = ['curl_permissive', 'httpbin1_permissive'].map((name) => readDumpNames(shipped(name)));
  const names = { namespace: 'curl', name: 'p' };
  const behind = podOf('httpbin', 'h', 'httpbin');
  const outbound = (changed: Service) => outboundProblem(client!, trafficOf(changed), pod, names);
  const inbound = (changed: Service) => inboundProblem(server!, trafficOf(changed), behind, names);

  it('finds the pods of the shipped dumps connected', () => {
    assert.deepEqual([outbound(service), inbound(service)], [undefined, undefined]);
  });

  it('names what is missing', () => {
    const elsewhere: Service = { ...service, spec: { ...service.spec, clusterIP: '10.0.0.77' } };
    assert.match(outbound(elsewhere) ?? '', /not found for IP ranges Set\{10\.0\.0\.77\}, found Set\{10\.96\.15\.1\}/);
    const asTcp: Service = { ...service, spec: { ...service.spec, ports: [{ name: 'tcp-x', port: 14001 }] } };
    assert.match(outbound(asTcp) ?? '', /filter chain match outbound_httpbin\/httpbin_14001_tcp not found/);
    assert.match(inbound(asTcp) ?? '', /inbound_httpbin\/httpbin_14001_tcp not found/);
    const other = podOf('httpbin', 'h', 'other');
    assert.match(inboundProblem(server!, trafficOf(service), other, names) ?? '', /service-cert:httpbin\/other/);
    assert.match(outboundProblem(server!, trafficOf(service), pod, names) ?? '', /secret|filter chain|cluster|route/);
  });

  /** The table of osm-cli §13.1, in its order: what is taken out of a dump, and what is missed first then. */
  const outboundChecks: readonly (readonly [string | RegExp, string, RegExp])[] = [
    [
      /"name":"outbound-listener"/g,
      '"name":"x"',
      /^Outbound listener "outbound-listener" not found on source pod "curl\/p"$/,
    ],
    [
      /"name":"outbound_httpbin\/httpbin_14001_http"/g,
      '"name":"x"',
      /^Did not find matching outbound filter chain for service "httpbin\/httpbin": filter chain match outbound_httpbin\/httpbin_14001_http not found$/,
    ],
    [/"destination_port":14001/g, '"destination_port":1', /: filter chain match not found for port 14001$/],
    [
      /"address_prefix":"10\.96\.15\.1"/g,
      '"address_prefix":"10.0.0.9"',
      /: filter chain match not found for IP ranges Set\{10\.96\.15\.1\}, found Set\{10\.0\.0\.9\}$/,
    ],
    [/http_connection_manager"/g, 'x"', /: filter http_connection_manager not found$/],
    [
      /"rds-outbound\.14001"/g,
      '"x"',
      /^Did not find matching outbound route configuration for service "httpbin\/httpbin": route configuration rds-outbound\.14001 not found$/,
    ],
    [
      /"httpbin\.httpbin\.svc\.cluster\.local"/g,
      '"x"',
      /: virtual host for domain httpbin\.httpbin\.svc\.cluster\.local not found$/,
    ],
    [
      /"name":"httpbin\/httpbin\|14001"/g,
      '"name":"x"',
      /^Did not find matching outbound cluster for service "httpbin\/httpbin": cluster httpbin\/httpbin\|14001 not found$/,
    ],
    [
      /"root-cert-for-mtls-outbound:httpbin\/httpbin"/g,
      '"x"',
      /^Client TLS secret not found for pod "curl\/p": expected secrets Set\{root-cert-for-mtls-outbound:httpbin\/httpbin\} not found$/,
    ],
  ];
  const inboundChecks: typeof outboundChecks = [
    [
      /"name":"inbound-listener"/g,
      '"name":"x"',
      /^Inbound listener "inbound-listener" not found on destination pod "curl\/p"$/,
    ],
    [
      /"name":"inbound_httpbin\/httpbin_14001_http"/g,
      '"name":"x"',
      /^Did not find matching inbound filter chain for service "httpbin\/httpbin": filter chain match inbound_/,
    ],
    [
      /"rds-inbound\.14001"/g,
      '"x"',
      /^Did not find matching inbound route configuration for service "httpbin\/httpbin": route configuration rds-inbound/,
    ],
    [
      /"name":"httpbin\/httpbin\|14001\|local"/g,
      '"name":"x"',
      /^Did not find matching inbound cluster for service "httpbin\/httpbin": cluster httpbin\/httpbin\|14001\|local not found$/,
    ],
    [
      /"root-cert-for-mtls-inbound:httpbin\/httpbin"/g,
      '"x"',
      /^Server TLS secret not found for pod "curl\/p": expected secrets Set\{root-cert-for-mtls-inbound:httpbin\/httpbin\} not found$/,
    ],
  ];
  const taken = (file: string, what: string | RegExp, instead: string) => {
    const text = JSON.stringify(shipped(file));
    const spoiled = text.replaceAll(what, instead);
    assert.notEqual(spoiled, text, String(what));
    return readDumpNames(JSON.parse(spoiled));
  };

  for (const [what, instead, says] of outboundChecks) {
    it(`misses on the source ${String(what)}`, () => {
      const found = taken('curl_permissive', what, instead);
      const problem =
        listenerProblem(found, 'outbound', names) ?? outboundProblem(found, trafficOf(service), pod, names);
      assert.match(problem ?? '', says);
    });
  }
  for (const [what, instead, says] of inboundChecks) {
    it(`misses on the destination ${String(what)}`, () => {
      const found = taken('httpbin1_permissive', what, instead);
      const problem =
        listenerProblem(found, 'inbound', names) ?? inboundProblem(found, trafficOf(service), behind, names);
      assert.match(problem ?? '', says);
    });
  }

  it('misses listeners that wait, and endpoints', () => {
    const dump = (listener: object) => ({
      configs: [{ '@type': 'x.ListenersConfigDump', dynamic_listeners: [{ name: 'outbound-listener', ...listener }] }],
    });
    const waiting = readDumpNames(dump({ warming_state: {} }));
    assert.match(
      listenerProblem(waiting, 'outbound', names) ?? '',
      /^Outbound listener "outbound-listener" on source pod "curl\/p" is not active$/,
    );
    const nobody = ingressProblem(server!, trafficOf(service), { port: 80, protocol: 'http' }, { problem: 'why' });
    assert.equal(nobody, 'Did not find matching inbound filter chain for ingress "httpbin/httpbin": why');
  });

  it('follows the traffic through the shipped dump, which names alone do not', () => {
    const path = (changed: Service, spoil = (text: string) => text) => {
      const { ports } = trafficOf(changed);
      const dump = readConfigDump(JSON.parse(spoil(JSON.stringify(shipped('curl_permissive')))));
      const world = createWorld([meshConfig(), namespace('curl'), pod, changed, endpoints]);
      return verifyPath('x', ports, { world, source, pod, dump });
    };
    assert.equal(path(service).status, 'Success', path(service).reason);
    const elsewhere: Service = { ...service, spec: { ...service.spec, clusterIP: '10.0.0.77' } };
    assert.deepEqual([path(elsewhere).status, /port 14001/.test(path(elsewhere).reason ?? '')], ['Failure', true]);
    const odd = path(service, (text) => text.replace('"prefix_ranges"', '"source_ports":[1],"prefix_ranges"'));
    assert.deepEqual([odd.status, /source_ports/.test(odd.reason ?? '')], ['Unknown', true]);
    const led = path(service, (text) =>
      text.replaceAll('"name":"httpbin/httpbin|14001","weight"', '"name":"x","weight"'),
    );
    assert.equal(led.status, 'Failure');
  });

  it('asks for the ingress chain by the name that the control plane gives it', () => {
    const chain = {
      name: 'ingress_httpbin/httpbin_80_http',
      destinationPort: 80,
      prefixes: new Set<string>(),
      filters: [],
    };
    const ask = (sources: string[], clients: string[], { port = 80, name = chain.name } = {}) => {
      const listeners = new Map([['inbound-listener', [{ ...chain, name, sources }]]]);
      return ingressProblem({ ...server!, listeners }, trafficOf(service), { port, protocol: 'http' }, clients);
    };
    const one = ['10.1.1.1/32'];
    assert.equal(ask(one, ['10.1.1.1']), undefined);
    assert.match(ask(one, ['10.1.1.1', '10.1.1.2']) ?? '', /service endpoint 10\.1\.1\.2 was not found/);
    assert.match(ask(one, [], { port: 81 }) ?? '', /ingress_httpbin\/httpbin_81_http not found/);
    assert.equal(ask(one, ['10.1.1.1'], { name: 'ingress_httpbin/httpbin_80_HTTP' }), undefined, 'in capitals');
    assert.equal(ask([], ['10.1.1.1']), undefined, 'without ranges everybody comes in');
    assert.equal(ask(['10.1.0.0/16', '2001:db8::/32'], ['10.1.255.1', '2001:db8::1']), undefined);
    for (const outside of ['10.2.0.1', '2001:db9::1', 'x']) assert.ok(ask(['10.1.0.0/16', '2001:db8::/32'], [outside]));
    assert.ok(ask(['/16', 'x'], ['10.1.1.1']), 'what is no range holds nothing');
  });
});

describe('a set of verification steps', () => {
  it('fails with one of them, and is never a success with one that is not known', () => {
    const status = (...steps: ReturnType<typeof success>[]) => together('x', steps).status;
    assert.deepEqual(
      [
        status(success('a')),
        status(success('a'), unknown('b', 'c')),
        status(unknown('b', 'c'), failure('d', 'e')),
        status(),
      ],
      ['Success', 'Unknown', 'Failure', 'Success'],
    );
  });
});
