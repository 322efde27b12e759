import assert from 'node:assert/strict';
import type { Endpoints, EndpointSlice, Resource } from '../../../src/lib/resources/types.js';
import { endpointsAsGiven } from '../../../src/lib/simulator/endpoint-slices.js';
import { createWorld } from '../../../src/lib/simulator/world.js';

type Spec = Partial<Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>>;

const slice = (name: string, spec: Spec = {}, labels: Record<string, string> = {}): Resource => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web', ...labels } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.1.0.1'] }],
  ports: [{ name: 'http', port: 8080 }],
  ...spec,
});

const service = (spec: object = { selector: { app: 'web' } }): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { clusterIP: '10.0.0.5', ports: [{ name: 'http', port: 80 }], ...spec },
});

const subsetsOf = (...objects: Resource[]) => createWorld(objects).endpoints.get('shop/web')?.subsets;
const addressesOf = (...objects: Resource[]) =>
  subsetsOf(...objects)?.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip));

describe('EndpointSlices (egress semantics §3.4)', () => {
  it('stand for the Endpoints that Kubernetes keeps beside them', () => {
    const targetRef = { kind: 'Pod', name: 'a' };
    const endpoints = [{ addresses: ['10.1.0.1', '10.1.0.9'], hostname: 'a', targetRef }];
    assert.deepEqual(subsetsOf(service(), slice('web-1', { endpoints })), [
      { addresses: [{ ip: '10.1.0.1', hostname: 'a', targetRef }], ports: [{ name: 'http', port: 8080 }] },
    ]);
  });

  it('stand for an object of the Service’s name, which remembers the first of them', () => {
    const made = (...objects: Resource[]) => [...createWorld(objects).endpoints];
    const [one, two] = [slice('web-1'), slice('web-2')];
    const metadata = { name: 'web', namespace: 'shop' };
    assert.deepEqual(
      { ...made(service(), two, one)[0]![1], subsets: [] },
      { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [] },
    );
    const [[key, endpoints]] = made(service(), two, one) as [[string, Endpoints]];
    assert.equal(key, 'shop/web');
    assert.equal(endpointsAsGiven(endpoints), one);
    const given = { ...endpoints };
    assert.equal(endpointsAsGiven(given), given);
    const homeless = (object: Resource) => {
      const copy = structuredClone(object);
      delete copy.metadata.namespace;
      return copy;
    };
    const [[home, bare]] = made(homeless(service()), homeless(one)) as [[string, Endpoints]];
    assert.deepEqual([home, bare.metadata], ['default/web', { name: 'web' }]);
    const nobodys = { ...one, metadata: { name: 'web-1', namespace: 'shop' } } as Resource;
    assert.deepEqual(made(service(), nobodys), []);
    const unnamed = { ...one, metadata: { name: 'web-1', namespace: 'shop', labels: {} } } as Resource;
    assert.deepEqual(
      made(service(), { ...service(), metadata: { name: 'undefined', namespace: 'shop' } }, unnamed),
      [],
    );
  });

  it('have what they tell of ports and addresses, and no more', () => {
    const endpoints = [{}, { addresses: [] }, { addresses: ['10.1.0.1'] }];
    const ports = [{ name: 'none' }, { port: 1 }, { name: 'http', port: 2, appProtocol: 'h2c' }];
    assert.deepEqual(subsetsOf(service(), slice('web-1', { endpoints, ports })), [
      { addresses: [{ ip: '10.1.0.1' }], ports: [{ port: 1 }, { name: 'http', port: 2, appProtocol: 'h2c' }] },
    ]);
    const [silent, portless] = [slice('web-1'), slice('web-1')] as [EndpointSlice, EndpointSlice];
    delete silent.endpoints;
    delete silent.ports;
    delete portless.ports;
    assert.deepEqual(subsetsOf(service(), silent), []);
    assert.deepEqual(subsetsOf(service(), portless), [{ addresses: [{ ip: '10.1.0.1' }], ports: [] }]);
  });

  it('are put together by name, whatever their order', () => {
    const second = slice('web-2', { endpoints: [{ addresses: ['10.1.0.2'] }] });
    assert.deepEqual(addressesOf(service(), second, slice('web-1')), ['10.1.0.1', '10.1.0.2']);
    assert.deepEqual(addressesOf(service(), slice('web-1'), second), ['10.1.0.1', '10.1.0.2']);
  });

  it('hold nothing that is not ready, and count as ready when they do not say', () => {
    const endpoints = [
      { addresses: ['10.1.0.1'], conditions: { ready: false } },
      { addresses: ['10.1.0.2'], conditions: { ready: true } },
      { addresses: ['10.1.0.3'], conditions: {} },
    ];
    assert.deepEqual(addressesOf(service(), slice('web-1', { endpoints })), ['10.1.0.2', '10.1.0.3']);
    assert.deepEqual(
      subsetsOf(service(), slice('web-1', { endpoints: [] })),
      [],
      'there are Endpoints, with nothing in them',
    );
  });

  it('count only in the first family of the Service', () => {
    const six = slice('web-6', { addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }] });
    const names = slice('web-f', { addressType: 'FQDN', endpoints: [{ addresses: ['db.example.com'] }] });
    assert.deepEqual(addressesOf(service(), six, names, slice('web-1')), ['10.1.0.1']);
    const families = { selector: { app: 'web' }, ipFamilies: ['IPv6', 'IPv4'] };
    assert.deepEqual(addressesOf(service(families), six, slice('web-1')), ['2001:db8::1']);
    const byAddress = { selector: { app: 'web' }, clusterIP: 'fd00::5' };
    assert.deepEqual(addressesOf(service(byAddress), six, slice('web-1')), ['2001:db8::1']);
    assert.deepEqual(addressesOf(service({ ...byAddress, ipFamilies: [] }), six, slice('web-1')), ['2001:db8::1']);
    assert.deepEqual(addressesOf(service({ selector: { app: 'web' }, clusterIP: 'None' }), six, slice('web-1')), [
      '10.1.0.1',
    ]);
  });

  it('of a Service without selector are unknown to the control plane when somebody wrote them by hand', () => {
    const bare = service({});
    assert.equal(subsetsOf(bare, slice('web-1')), undefined);
    const manager = (name: string) => ({ 'endpointslice.kubernetes.io/managed-by': name });
    assert.equal(subsetsOf(bare, slice('web-1', {}, manager('somebody'))), undefined);
    const mirrored = slice('web-1', {}, manager('endpointslicemirroring-controller.k8s.io'));
    assert.deepEqual(addressesOf(bare, mirrored), ['10.1.0.1']);
    const kept = slice('web-1', {}, manager('endpointslice-controller.k8s.io'));
    assert.deepEqual(addressesOf(bare, kept), ['10.1.0.1']);
    assert.deepEqual(addressesOf(kept), ['10.1.0.1'], 'without the Service');
    assert.equal(subsetsOf(service({ selector: {} }), slice('web-1')), undefined);
  });

  it('do not matter beside Endpoints that are given', () => {
    const given: Resource = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '10.1.0.7' }], ports: [{ port: 8080 }] }],
    };
    assert.deepEqual(addressesOf(service(), slice('web-1'), given), ['10.1.0.7']);
  });
});
