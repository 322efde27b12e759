import assert from 'node:assert/strict';
import {
  classes,
  classOf,
  mergedClasses,
  outcomeKey,
  undecidedRegions,
} from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, HTTPRouteGroup, KubernetesObject, Resource } from '../../../src/lib/resources/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { Simulation } from '../../../src/lib/simulator/simulation.js';
import { meshConfig } from '../../simulator/control-plane/worlds.js';
import { outcome, simulationOf, spaceOf } from './support.js';

/** Small worlds, each with something that the space is cut along, and requests on both sides of each cut. */

type Spec = Partial<Egress['spec']> & { readonly groups?: readonly string[] };

function egress(name: string, { groups = [], ...spec }: Spec): Egress {
  const matches = groups.map((group) => ({
    apiGroup: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    name: group,
  }));
  const sources = [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }];
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'curl' },
    spec: { sources, ports: [], ...spec, ...(matches.length > 0 && { matches }) },
  };
}

const group = (
  name: string,
  ...matches: Omit<HTTPRouteGroup['spec']['matches'][number], 'name'>[]
): HTTPRouteGroup => ({
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: { name, namespace: 'curl' },
  spec: { matches: matches.map((match, index) => ({ name: `match-${index}`, ...match })) },
});

const pod = (annotations: Record<string, string>, more: object = {}, status?: object): Resource =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'curl', namespace: 'curl', annotations },
    spec: { serviceAccountName: 'curl', containers: [{ name: 'curl', ports: [{ containerPort: 8080 }] }], ...more },
    ...(status && { status }),
  }) as KubernetesObject as Resource;

const http = [{ number: 80, protocol: 'http' }];
const https = [{ number: 443, protocol: 'https' }];
const tcp = [{ number: 3306, protocol: 'tcp' }];
const ROUTES = group(
  'routes',
  { pathRegex: '/get', methods: ['GET'] },
  { pathRegex: '/put/.*', methods: ['POST', 'PUT'], headers: [{ 'x-env': 'prod' }] },
);

const WORLDS: Readonly<Record<string, readonly Resource[]>> = {
  nothing: [],
  'mesh-wide egress': [meshConfig({ enableEgress: true })],
  'policies off': [{ ...meshConfig(), spec: { featureFlags: { enableEgressPolicy: false }, traffic: {} } } as Resource],
  'hosts of HTTP': [egress('a', { hosts: ['a.test', 'b.test'], ports: http })],
  'a host of HTTP': [egress('a', { hosts: ['a.test'], ports: http })],
  'HTTP on another port too': [
    egress('a', { hosts: ['a.test'], ports: [...http, { number: 8080, protocol: 'http' }] }),
  ],
  'a host in ranges': [
    egress('a', { hosts: ['a.test'], ipAddresses: ['192.0.2.0/28', '198.51.100.7/32'], ports: http }),
  ],
  routes: [ROUTES, egress('a', { hosts: ['a.test'], ports: http, groups: ['routes'] })],
  'other routes': [
    group('routes', { pathRegex: '/get', methods: ['GET'] }, { pathRegex: '/put/a', methods: ['PUT'] }),
    egress('a', { hosts: ['a.test'], ports: http, groups: ['routes'] }),
  ],
  'routes that look at the Host': [
    group('routes', { pathRegex: '/get', methods: ['GET'], headers: [{ host: '[a-c]\\.test' }] }),
    egress('a', { hosts: ['a.test', 'b.test', 'd.test'], ports: http, groups: ['routes'] }),
  ],
  'a group that is missing': [egress('a', { hosts: ['a.test'], ports: http, groups: ['routes'] })],
  'routes that Envoy refuses': [
    group('routes', { pathRegex: '(' }),
    egress('a', { hosts: ['a.test'], ports: http, groups: ['routes'] }),
  ],
  'names of TLS': [egress('a', { hosts: ['a.test', '*.b.test'], ports: https })],
  'a name of TLS': [egress('a', { hosts: ['a.test'], ports: https })],
  'TLS on the port of HTTP': [egress('a', { hosts: ['a.test'], ports: [{ number: 80, protocol: 'https' }, ...http] })],
  'TCP to ranges': [egress('a', { ipAddresses: ['192.0.2.0/28', '198.51.100.0/24'], ports: tcp })],
  'TCP to a range': [egress('a', { ipAddresses: ['192.0.2.0/28'], ports: tcp })],
  'TCP to all and to none': [egress('a', { ipAddresses: ['0.0.0.0/0'], ports: tcp }), egress('b', { ports: tcp })],
  'TCP where the server begins': [egress('a', { ports: [{ number: 3306, protocol: 'tcp-server-first' }] })],
  'a listener that is refused': [
    egress('a', { hosts: ['a.test', 'a.test'], ports: https }),
    egress('b', { hosts: ['b.test'], ports: http }),
  ],
  'ranges left out': [
    meshConfig({ outboundIPRangeExclusionList: ['192.0.2.0/28'], outboundPortExclusionList: [3306] }),
  ],
  'ranges let in': [
    meshConfig({ outboundIPRangeInclusionList: ['192.0.2.0/28'] }),
    egress('a', { hosts: ['a.test'], ports: http }),
  ],
  'a pod with annotations': [
    pod({
      'openservicemesh.io/outbound-port-exclusion-list': '443',
      'openservicemesh.io/outbound-ip-range-exclusion-list': '198.51.100.7/32',
    }),
  ],
  'a pod with an address': [pod({}, {}, { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }], phase: 'Running' })],
  'a pod without a sidecar': [pod({ 'openservicemesh.io/sidecar-injection': 'disabled' })],
};

const HOSTS = ['a.test', 'b.test', 'x.b.test', 'other.test'];
const ADDRESSES = [
  '192.0.2.1',
  '192.0.2.77',
  '198.51.100.7',
  '198.51.100.8',
  '10.1.2.3',
  '127.0.0.1',
  '127.0.0.2',
  '[2001:db8::1]',
];
const OPTIONS = ['', '-X POST', '-X PUT', '-X FROB', '-X CONNECT', '-X M-SEARCH', '-0', '--http2-prior-knowledge'];

const lines: readonly string[] = [
  ...HOSTS.flatMap((host) => OPTIONS.map((options) => `curl ${options} http://${host}/get`)),
  ...HOSTS.flatMap((host) =>
    ['/', '/get?x', '/put/', '/put/a'].map((path) => `curl -X PUT -H 'x-env: prod' http://${host}${path}`),
  ),
  "curl -X PUT -H 'x-env: stage' http://a.test/put/a",
  "curl -H 'Host: a.test:80' http://b.test/get",
  "curl -H 'Host: c.test' http://a.test/get",
  'curl --http2-prior-knowledge -X FROB http://a.test/get',
  ...HOSTS.flatMap((host) =>
    ['https://HOST/', '--no-alpn https://HOST/', '--http1.1 https://HOST/', 'https://HOST:80/'].map(
      (line) => `curl ${line.replace('HOST', host)}`,
    ),
  ),
  ...ADDRESSES.flatMap((address) =>
    [80, 443, 3306, 8080, 9999, 15000, 15001, 15003, 15010, 15901].flatMap((port) => [
      `http://${address}:${port}/get`,
      `https://${address}:${port}/`,
      `tcp://${address}:${port}`,
      `tcp://${address}:${port} --server-first`,
      ...(port === 80 ? [`curl -H 'Host: a.test' http://${address}/get`] : []),
    ]),
  ),
];
const requests = lines
  .map((line) => parseTarget(line))
  .map((target) => {
    const { host } = target.dial;
    // where a name leads is not the question: it is asked as if it had been looked up
    const address = parseAddressLiteral(host) ? host : '192.0.2.1';
    return { target: { ...target, dial: { ...target.dial, host: address } }, address: parseAddressLiteral(address)! };
  });

interface World {
  readonly name: string;
  readonly simulation: Simulation;
  /** Of each of the requests. */
  readonly outcomes: readonly string[];
}

const worlds = Object.entries(WORLDS).map(([name, objects]): World => {
  const simulation = simulationOf(objects);
  return { name, simulation, outcomes: requests.map(({ target }) => outcome(simulation, target)) };
});

describe('the space of requests, on a grid of worlds and requests', () => {
  for (const { name, simulation } of worlds) {
    it(`${name}: each request lies in one class, which has its verdict`, () => {
      const space = spaceOf([simulation]);
      assert.deepEqual(undecidedRegions(space), []);
      const merged = mergedClasses(space);
      const all = [...classes(space)];
      const witnesses = all.map(({ witness }) => ({
        target: parseTarget(witness.command),
        address: parseAddressLiteral(witness.dial.host)!,
      }));
      witnesses.forEach(({ target }, index) => assert.deepEqual(target.dial, all[index]!.witness.dial));
      for (const { target, address } of [...requests, ...witnesses]) {
        const found = classOf(space, target, address);
        assert.ok(found, target.command);
        const wanted = outcome(simulation, target);
        assert.equal(outcome(simulation, found.witness), wanted, `${target.command}: ${found.witness.command}`);
        for (const list of [all, merged]) {
          const holding = list.filter((one) => one.holds(target, address));
          assert.equal(holding.length, 1, target.command);
          assert.equal(outcome(simulation, holding[0]!.witness), wanted, target.command);
        }
      }
    });
  }

  worlds.forEach((before, place) => {
    it(`${before.name}, and others: a request fares otherwise exactly if a class of the difference holds it`, () => {
      for (const after of [...worlds, ...worlds].slice(place, place + 6)) {
        const space = spaceOf([before.simulation, after.simulation], { onlyDifferences: true });
        const merged = mergedClasses(space);
        requests.forEach(({ target, address }, index) => {
          const differs = before.outcomes[index] !== after.outcomes[index];
          const told = `${after.name}: ${target.command}`;
          assert.equal(classOf(space, target, address) !== undefined, differs, told);
          assert.equal(merged.filter((one) => one.holds(target, address)).length, differs ? 1 : 0, told);
        });
        for (const { witness, verdicts } of merged) {
          const [was, is] = [before, after].map(({ simulation }, index) =>
            outcomeKey(simulation, verdicts[index]!, 'outcome'),
          );
          assert.notEqual(was, is, `${after.name}: ${witness.command}`);
        }
      }
    });
  });
});
