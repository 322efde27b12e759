import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KubernetesObject, Pod } from '../../src/lib/resources/types.js';
import { createIstioWorld, type IstioWorldOptions } from '../../src/lib/simulator/istio/world.js';
import { simulateIstio } from '../../src/lib/simulator/istio/simulation.js';
import { isAllowed } from '../../src/lib/simulator/outcome.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { endingsOf, type Verdict } from '../../src/lib/simulator/verdict.js';
import { classes, spaceOf } from '../../src/lib/analysis/request-space/index.js';

/** Laws of the simulator of Istio, which hold for every mesh of a small alphabet. */

const HOSTS = ['a.test', 'www.a.test', '*.a.test', 'b.test'];
const PORTS = [80, 443, 3306];
const PROTOCOLS = ['HTTP', 'TLS', 'TCP', 'http', 'MONGO', undefined];
const RANGES = ['192.0.2.0/24', '192.0.2.10', '198.51.100.0/25', '192.0.2.10/32'];
const NAMESPACES = ['shop', 'other', 'istio-system'];
const TARGETS = [
  'curl http://a.test/',
  'curl http://www.a.test/get',
  'curl -0 http://a.test/',
  'curl https://a.test/',
  'curl https://b.test/',
  'curl http://b.test:443/',
  'curl --path-as-is http://a.test/x/../get',
  "curl -H 'Host: A.test:81' http://192.0.2.10/get",
  'curl https://192.0.2.10/',
  'tcp://192.0.2.10:3306',
  'tcp://192.0.2.10:443 --server-first',
  'curl http://203.0.113.9:3306/',
].map((text) => parseTarget(text));

const ADDRESSES: Readonly<Record<string, string>> = {
  'a.test': '192.0.2.10',
  'www.a.test': '192.0.2.11',
  'b.test': '198.51.100.20',
};
const resolve = (name: string) => (ADDRESSES[name] ? [ADDRESSES[name]] : ('not-found' as const));

const named = (kind: string, spec: fc.Arbitrary<object>) =>
  fc
    .record({ namespace: fc.constantFrom(...NAMESPACES), name: fc.constantFrom('x', 'y', 'z'), spec })
    .map(({ namespace, name, spec: given }): KubernetesObject => ({
      apiVersion: 'networking.istio.io/v1',
      kind,
      metadata: { namespace, name },
      ...{ spec: given },
    }));
const exportTo = fc.option(fc.constantFrom(['.'], ['*'], ['shop']), { nil: undefined });
const serviceEntry = named(
  'ServiceEntry',
  fc.record({
    hosts: fc.array(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
    ports: fc.uniqueArray(
      fc.record({ number: fc.constantFrom(...PORTS), protocol: fc.constantFrom(...PROTOCOLS) }).map((port) => ({
        name: `p${port.number}`,
        ...port,
      })),
      { minLength: 1, maxLength: 2, selector: ({ number }) => number },
    ),
    addresses: fc.option(fc.array(fc.constantFrom(...RANGES), { minLength: 1, maxLength: 2 }), { nil: undefined }),
    resolution: fc.constantFrom('NONE', 'DNS', 'STATIC'),
    exportTo,
  }),
);
const virtualService = named(
  'VirtualService',
  fc.record({
    hosts: fc.array(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 2 }),
    http: fc.array(
      fc.record({
        match: fc.array(
          fc.record({
            uri: fc.constantFrom({ regex: '/get' }, { prefix: '/' }, { exact: '/x' }),
            port: fc.constantFrom(80, 443, undefined),
          }),
          { maxLength: 2 },
        ),
        directResponse: fc.constant({ status: 404 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    exportTo,
  }),
);
const sidecar = named(
  'Sidecar',
  fc.record({
    egress: fc.array(fc.record({ hosts: fc.constantFrom(['~/*'], ['./*'], ['*/*'], ['./a.test']) }), {
      minLength: 1,
      maxLength: 1,
    }),
  }),
);
const objects = fc.array(fc.oneof({ weight: 4, arbitrary: serviceEntry }, virtualService, sidecar), { maxLength: 6 });
const options = fc.record({
  outboundTrafficPolicy: fc.constantFrom({ mode: 'REGISTRY_ONLY' }, { mode: 'ALLOW_ANY' }),
  pathNormalization: fc.constantFrom({ normalization: 'NONE' }, {}),
});

const source = { namespace: 'shop', serviceAccount: 'web' };
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: { serviceAccountName: 'web' },
};
const simulate = (given: readonly KubernetesObject[], meshConfig: IstioWorldOptions['meshConfig']) =>
  simulateIstio(createIstioWorld([...given, pod], { meshConfig }), source, { resolve, onlyDeclaredPorts: true });
const said = ({ verdict, ending }: Verdict) => JSON.stringify([verdict, ending?.outcome, ending?.destination]);
const mayPass = (verdict: Verdict) => endingsOf(verdict).some(({ outcome }) => isAllowed(outcome));

describe('laws of the simulator of Istio', () => {
  it('asking again, and asking for the journey, changes no answer', () => {
    fc.assert(
      fc.property(objects, options, (given, meshConfig) => {
        const simulation = simulate(given, meshConfig);
        for (const target of TARGETS) {
          const first = said(simulation.decide(target));
          assert.equal(said(simulation.decide(target, () => undefined)), first);
          assert.equal(said(simulate(given, meshConfig).decide(target)), first);
        }
      }),
    );
  });

  it('what is exported to its own namespace alone changes nothing for another one', () => {
    fc.assert(
      fc.property(objects, options, serviceEntry, (given, meshConfig, more) => {
        const spec = { ...(more as unknown as { spec: object }).spec, exportTo: ['.'] };
        const hidden = { ...more, metadata: { namespace: 'elsewhere', name: 'hidden' }, spec };
        const [before, after] = [simulate(given, meshConfig), simulate([...given, hidden], meshConfig)];
        for (const target of TARGETS) assert.equal(said(after.decide(target)), said(before.decide(target)));
      }),
    );
  });

  it('nothing is open without ServiceEntries under REGISTRY_ONLY, and everything under ALLOW_ANY', () => {
    fc.assert(
      fc.property(fc.array(sidecar, { maxLength: 3 }), (given) => {
        const [closed, open] = ['REGISTRY_ONLY', 'ALLOW_ANY'].map((mode) =>
          simulate(given, { outboundTrafficPolicy: { mode } }),
        );
        for (const target of TARGETS) {
          assert.equal(closed!.decide(target).verdict, 'denied');
          assert.equal(open!.decide(target).verdict, 'allowed');
        }
      }),
    );
  });

  it('a Sidecar of the own namespace that imports nothing leaves nothing open', () => {
    fc.assert(
      fc.property(objects, (given) => {
        const entries = given.filter(({ kind }) => kind !== 'Sidecar');
        const none = {
          apiVersion: 'networking.istio.io/v1',
          kind: 'Sidecar',
          metadata: { namespace: 'shop', name: 'none' },
          ...{ spec: { egress: [{ hosts: ['~/*'] }] } },
        };
        const simulation = simulate([...entries, none], { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } });
        for (const target of TARGETS) assert.equal(mayPass(simulation.decide(target)), false);
      }),
    );
  });

  it('ALLOW_ANY denies nothing that REGISTRY_ONLY allows', () => {
    fc.assert(
      fc.property(objects, (given) => {
        const [closed, open] = ['REGISTRY_ONLY', 'ALLOW_ANY'].map((mode) =>
          simulate(given, { outboundTrafficPolicy: { mode } }),
        );
        for (const target of TARGETS) {
          if (mayPass(closed!.decide(target))) assert.equal(mayPass(open!.decide(target)), true);
        }
      }),
    );
  });

  it('of the objects that the webhook refuses none has an effect', () => {
    fc.assert(
      fc.property(objects, options, (given, meshConfig) => {
        const { admissions } = createIstioWorld(given, { meshConfig });
        const refused = new Set<KubernetesObject>(admissions.filter(({ error }) => error).map(({ object }) => object));
        const [all, admitted] = [
          simulate(given, meshConfig),
          simulate(
            given.filter((one) => !refused.has(one)),
            meshConfig,
          ),
        ];
        for (const target of TARGETS) assert.equal(said(all.decide(target)), said(admitted.decide(target)));
      }),
    );
  });

  it('every class of the request space ends as its witness does', () => {
    fc.assert(
      fc.property(objects, (given) => {
        const simulation = simulate(given, {
          outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
          pathNormalization: { normalization: 'NONE' },
        });
        const address = { family: 4, value: 0xc000020a } as const;
        for (const one of classes(spaceOf([simulation]))) {
          for (const target of TARGETS) {
            const at = { ...target, dial: { host: '192.0.2.10', port: target.dial.port } };
            if (!one.holds(at, address)) continue;
            const [told, decided] = [one.verdicts[0]!, simulation.decide(at)];
            assert.equal(
              decided.ending?.outcome.class,
              told.ending?.outcome.class,
              `${at.command} in the class of ${one.witness.command}`,
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
