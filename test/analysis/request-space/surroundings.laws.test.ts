import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  classes,
  classOf,
  outcomeKey,
  Senders,
  spaceOf,
  undecidedRegions,
} from '../../../src/lib/analysis/request-space/index.js';
import type { KubernetesObject, Pod, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral, type AddressLiteral } from '../../../src/lib/simulator/address.js';
import { istioSimulations } from '../../../src/lib/simulator/istio/simulation.js';
import { createIstioWorld, type IstioWorldOptions } from '../../../src/lib/simulator/istio/world.js';
import { parseTarget, type Target } from '../../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { resources } from '../../simulator/generators.js';

/**
 * Laws of the request space in meshes where more decides than policies: pods and their annotations, services, what could not be
 * read, and under Istio listeners and gateways at addresses of their own.
 */

const runs = Number(process.env['LAWS_RUNS'] ?? 40);

/** The fields that are there. */
const present = (fields: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const podOf = (pod: { metadata: object; spec: object; status?: object }) =>
  ({ apiVersion: 'v1', kind: 'Pod', ...pod }) as KubernetesObject as Pod;

const source = { namespace: 'curl', serviceAccount: 'curl' };

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Worlds as records, of which one field can be exchanged, and what they make. */
interface Mesh<W extends object> {
  readonly worlds: fc.Arbitrary<W>;
  readonly simulationOf: (world: W) => Simulation;
}

const mesh = <W extends object>(worlds: fc.Arbitrary<W>, simulationOf: (world: W) => Simulation): Mesh<W> => ({
  worlds,
  simulationOf,
});

/** A world, and one that differs from it in one thing, or in everything. */
const pairsOf = <W extends object>(worlds: fc.Arbitrary<W>): fc.Arbitrary<[W, W]> =>
  fc.tuple(worlds, worlds, fc.nat()).map(([some, others, choice]) => {
    const fields = Object.keys(some) as (keyof W)[];
    const field = fields[choice % (fields.length + 1)];
    return [some, field === undefined ? others : { ...some, [field]: others[field] }];
  });

function underOsm() {
  const RANGES = ['192.0.2.0/24', '198.51.100.0/24', '0.0.0.0/0', '192.0.2.77/32', '10.0.0.0/8', '300.0.0.0/8'];
  const ranges = optional(
    fc.array(fc.constantFrom(...RANGES), { minLength: 1, maxLength: 2 }).map((list) => list.join()),
  );
  const pod = (name: string) =>
    fc
      .record({
        excluded: ranges,
        included: ranges,
        ports: fc.constantFrom(undefined, undefined, '80', '443', '3306,80', 'x'),
        podIP: fc.constantFrom(undefined, '10.1.2.3'),
        injection: fc.constantFrom(undefined, undefined, 'disabled'),
        hostNetwork: fc.constantFrom(false, false, true),
        runAsUser: fc.constantFrom(undefined, undefined, 1500),
        listens: fc.constantFrom<number[]>([], [80], [8080, 15001]),
      })
      .map(({ excluded, included, ports, podIP, injection, hostNetwork, runAsUser, listens }) => {
        const container = { name: 'curl', ports: listens.map((containerPort) => ({ containerPort })) };
        const annotations = present({
          'openservicemesh.io/outbound-ip-range-exclusion-list': excluded,
          'openservicemesh.io/outbound-ip-range-inclusion-list': included,
          'openservicemesh.io/outbound-port-exclusion-list': ports,
          'openservicemesh.io/sidecar-injection': injection,
        });
        return podOf({
          metadata: { name, namespace: 'curl', annotations },
          spec: {
            serviceAccountName: 'curl',
            hostNetwork,
            containers: [{ ...container, ...(runAsUser && { securityContext: { runAsUser } }) }],
          },
          ...(podIP && { status: { podIP } }),
        });
      });
  const service = fc
    .record({
      name: fc.constantFrom('s', 't'),
      clusterIP: fc.constantFrom('10.96.0.1', '192.0.2.77', undefined),
      appProtocol: fc.constantFrom('http', 'tcp', 'https', 'tcp-server-first'),
      port: fc.constantFrom(80, 3306),
    })
    .map(({ name, clusterIP, appProtocol, port }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'curl' },
      spec: { ...(clusterIP && { clusterIP }), ports: [{ port, appProtocol }] },
    }));
  return mesh(
    fc.record({
      objects: resources,
      pods: fc.tuple(optional(pod('p')), optional(pod('q'))),
      services: fc.uniqueArray(service, { maxLength: 2, selector: ({ metadata }) => metadata.name }),
      unread: fc.constantFrom(undefined, undefined, 'MeshConfig', 'Egress', 'HTTPRouteGroup'),
      withMeshConfig: fc.boolean(),
      onlyDeclaredPorts: fc.boolean(),
    }),
    ({ objects, pods, services, unread, withMeshConfig, onlyDeclaredPorts }) => {
      const hasMeshConfig = withMeshConfig && unread !== 'MeshConfig';
      const all = [
        ...objects.filter(({ kind }) => kind !== 'MeshConfig' || hasMeshConfig),
        ...pods.flatMap((one) => one ?? []),
        ...services,
      ] as Resource[];
      const unreadable = new Set(unread === undefined ? [] : [unread]);
      return simulate(createWorld(all, { unreadable }), source, { onlyDeclaredPorts });
    },
  );
}

function underIstio() {
  const HOSTS = ['a.test', 'www.a.test', '*.a.test', 'b.test'];
  const hosts = fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 });
  const named = (kind: string, spec: fc.Arbitrary<object>) =>
    fc
      .record({ name: fc.constantFrom('x', 'y', 'z'), spec }, { noNullPrototype: true })
      .map(({ name, spec: given }): KubernetesObject => ({
        apiVersion: 'networking.istio.io/v1',
        kind,
        metadata: { namespace: 'curl', name },
        ...{ spec: given },
      }));
  const ports = fc.uniqueArray(
    fc
      .record({
        number: fc.constantFrom(80, 443, 3306),
        protocol: fc.constantFrom('HTTP', 'TLS', 'TCP', 'MONGO', undefined),
      })
      .map((one) => ({ name: `p${one.number}`, ...one })),
    { minLength: 1, maxLength: 2, selector: ({ number }) => number },
  );
  const lookedUp = named(
    'ServiceEntry',
    fc.record({ hosts: fc.constant(['*.a.test']), ports, resolution: fc.constant('DYNAMIC_DNS') }),
  );
  const serviceEntry = named(
    'ServiceEntry',
    fc.record({
      hosts,
      ports,
      addresses: optional(
        fc.uniqueArray(fc.constantFrom('192.0.2.0/24', '192.0.2.10', '198.51.100.0/25', '192.0.2.11'), {
          minLength: 1,
          maxLength: 2,
        }),
      ),
      resolution: fc.constantFrom('NONE', 'DNS', 'STATIC'),
      endpoints: fc.constantFrom(undefined, [{ address: '198.51.100.9', labels: { app: 'gateway' } }]),
    }),
  );
  const subnets = fc.constantFrom(undefined, ['0.0.0.0/0'], ['192.0.2.0/24'], ['203.0.113.0/24']);
  const port = fc.constantFrom(80, 443, 3306, undefined);
  const virtualService = named(
    'VirtualService',
    fc.record({
      hosts,
      http: fc.array(
        fc
          .record({
            match: fc.array(
              fc.record({
                uri: fc.constantFrom({ regex: '/get' }, { prefix: '/' }, { exact: '/x' }, { prefix: '/.' }),
                port,
                method: fc.constantFrom(undefined, { exact: 'POST' }),
                headers: fc.constantFrom(
                  undefined,
                  undefined,
                  { 'x-env': { exact: 'prod' } },
                  { host: { prefix: 'a' } },
                ),
                authority: fc.constantFrom(undefined, undefined, { prefix: 'www' }),
                scheme: fc.constantFrom(undefined, undefined, { exact: 'https' }),
                ignoreUriCase: fc.constantFrom(undefined, true),
                withoutHeaders: fc.constantFrom(undefined, undefined, { 'x-env': {} }),
              }),
              { maxLength: 2 },
            ),
            leads: fc.constantFrom(
              { directResponse: { status: 404 } },
              { route: [{ destination: { host: 'b.test' } }] },
              {
                route: ['b.test', '*.a.test'].map((host, at) => ({
                  destination: { host, port: { number: 443 } },
                  weight: at,
                })),
              },
              { route: ['b.test', 'www.a.test'].map((host) => ({ destination: { host }, weight: 1 })) },
            ),
          })
          .map(({ match, leads }) => ({ match, ...leads })),
        { maxLength: 2 },
      ),
      tls: fc.array(
        fc.record({
          match: fc.array(
            fc.record({
              sniHosts: fc.constantFrom(['a.test'], ['*.a.test'], ['www.a.test', 'b.test']),
              port,
              destinationSubnets: subnets,
            }),
            { minLength: 1, maxLength: 2 },
          ),
          route: fc.constantFrom([{ destination: { host: 'b.test', port: { number: 443 } } }]),
        }),
        { maxLength: 1 },
      ),
      tcp: fc.array(
        fc.record({
          match: fc.array(fc.record({ port, destinationSubnets: subnets }), { maxLength: 2 }),
          route: fc.constant([{ destination: { host: 'b.test', port: { number: 3306 } } }]),
        }),
        { maxLength: 1 },
      ),
    }),
  );
  const gateway = named(
    'Gateway',
    fc.record({
      selector: fc.constant({ app: 'gateway' }),
      servers: fc.array(
        fc.record({
          port: fc.constantFrom(443, 15443).map((number) => ({ number, name: 'p', protocol: 'TLS' })),
          hosts: fc.constant(['*']),
          tls: fc.constantFrom({ mode: 'ISTIO_MUTUAL' }, { mode: 'PASSTHROUGH' }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  );
  const gatewayPod: KubernetesObject = podOf({
    metadata: { name: 'gateway', namespace: 'istio-system', labels: { app: 'gateway' } },
    spec: {},
    status: { podIP: '10.9.9.9' },
  });
  const LIST = 'traffic.sidecar.istio.io/';
  const pod = fc
    .record({
      excluded: fc.constantFrom(undefined, '10.0.0.0/8', '192.0.2.0/24,10.0.0.0/8'),
      included: fc.constantFrom(undefined, undefined, '192.0.2.0/24', ''),
      excludedPorts: fc.constantFrom(undefined, '443'),
      includedPorts: fc.constantFrom(undefined, '3306'),
    })
    .map(({ excluded, included, excludedPorts, includedPorts }) =>
      podOf({
        metadata: {
          name: 'curl',
          namespace: 'curl',
          annotations: present({
            [`${LIST}excludeOutboundIPRanges`]: excluded,
            [`${LIST}includeOutboundIPRanges`]: included,
            [`${LIST}excludeOutboundPorts`]: excludedPorts,
            [`${LIST}includeOutboundPorts`]: includedPorts,
          }),
        },
        spec: { serviceAccountName: 'curl' },
      }),
    );
  const objects = fc.array(
    fc.oneof({ weight: 4, arbitrary: serviceEntry }, lookedUp, virtualService, gateway, fc.constant(gatewayPod)),
    { maxLength: 6 },
  );
  const mode = fc.constantFrom('REGISTRY_ONLY', 'ALLOW_ANY');
  return mesh(fc.record({ given: objects, own: pod, outbound: mode }), ({ given, own, outbound }) => {
    const meshConfig = {
      outboundTrafficPolicy: { mode: outbound },
      pathNormalization: { normalization: 'BASE' },
    } as IstioWorldOptions['meshConfig'];
    const [simulation] = istioSimulations(
      createIstioWorld(JSON.parse(JSON.stringify([...given, own])) as KubernetesObject[], { meshConfig }),
      source,
      { onlyDeclaredPorts: true },
    );
    return simulation!;
  });
}

const ADDRESSES = [
  '192.0.2.10',
  '192.0.2.11',
  '192.0.2.77',
  '198.51.100.9',
  '203.0.113.9',
  '10.1.2.3',
  '10.9.9.9',
  '10.96.0.1',
  '127.0.0.1',
  '127.0.0.9',
  '0.0.0.0',
  '[2001:db8::1]',
  '[fe80::1]',
  '[::1]',
];
const PORTS = [80, 443, 3306, 8080, 9000, 15000, 15001, 15003, 15443, 15901];
const OPTIONS = [
  '',
  '-X POST',
  '-X CONNECT',
  '-0',
  '--http2-prior-knowledge',
  "-H 'Host: httpbin.org'",
  "-H 'Host: www.a.test'",
  "-H 'Host: example.com:80'",
  "-H 'Host: A.test.'",
  "-H 'x-env: prod' -H 'Host: a.test'",
];
const line = fc
  .record({
    address: fc.constantFrom(...ADDRESSES),
    port: fc.constantFrom(...PORTS),
    kind: fc.constantFrom('http', 'https', 'bytes', 'waits'),
    options: fc.constantFrom(...OPTIONS),
    name: fc.constantFrom('httpbin.org', 'a.test', 'x.a.test', 'a.example.com', 'other.test'),
    path: fc.constantFrom('/', '/get', '/x', '/status/200', '/x/../get', '/%67et', '/y/%2e%2e/x', '/.y', '/.'),
  })
  .map(({ address, port, kind, options, name, path }) => {
    if (kind === 'http') return `curl --path-as-is ${options} 'http://${address}:${port}${path}'`;
    if (kind === 'https') return `curl --resolve '*:${port}:${address}' https://${name}:${port}/`;
    return `tcp://${address}:${port}${kind === 'waits' ? ' --server-first' : ''}`;
  });
const lines = fc.array(line, { minLength: 40, maxLength: 40 });

const addressOf = (target: Target): AddressLiteral => parseAddressLiteral(target.dial.host.replace(/^\[|\]$/g, ''))!;

function laws<W extends object>(name: string, own: Mesh<W>): void {
  for (const detail of ['outcome', 'policies'] as const) {
    it(`${name}, ${detail}: a request has the verdict of its class`, () => {
      fc.assert(
        fc.property(own.worlds, lines, (world, commands) => {
          const simulation = own.simulationOf(world);
          const space = spaceOf([simulation], { detail });
          assert.deepEqual(undecidedRegions(space), []);
          for (const target of commands.map((command) => parseTarget(command))) {
            const found = classOf(space, target, addressOf(target));
            assert.ok(found, target.command);
            const [ofClass, itself] = [found.verdicts[0]!, simulation.decide(target)].map((verdict) =>
              outcomeKey(simulation, verdict, detail),
            );
            assert.equal(ofClass, itself, `${target.command}: ${found.witness.command}`);
          }
        }),
        { numRuns: runs },
      );
    });

    it(`${name}, ${detail}: a request fares otherwise exactly if a class of the difference holds it`, () => {
      fc.assert(
        fc.property(pairsOf(own.worlds), lines, (pair, commands) => {
          const [before, after] = pair.map((world) => own.simulationOf(world)) as [Simulation, Simulation];
          const senders = new Senders([before, after]);
          const space = spaceOf([before, after], { detail, onlyDifferences: true });
          assert.deepEqual(undecidedRegions(space), []);
          const targets = commands.map((command) => parseTarget(command));
          for (const one of [before, after])
            for (const { witness } of classes(spaceOf([one], { detail }))) targets.push(witness);
          for (const target of targets) {
            const verdicts = [before, after].map((one) => one.decide(target));
            const [was, is] = [before, after].map((one, index) => outcomeKey(one, verdicts[index]!, detail, senders));
            const found = classOf(space, target, addressOf(target));
            // which of the policies of a port refuses is not compared
            if (detail === 'policies' && verdicts.every(({ verdict }) => verdict === 'denied')) continue;
            assert.equal(found !== undefined, was !== is, `${target.command}\n${was}\n${is}`);
          }
        }),
        { numRuns: runs },
      );
    });
  }
}

describe('laws of the request space where more decides than policies', function () {
  this.timeout(120_000 + runs * 1000);
  laws('OSM', underOsm());
  laws('Istio', underIstio());
});
