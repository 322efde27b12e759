import assert from 'node:assert/strict';
import type { EndpointSlice, Resource } from '../../../src/lib/resources/types.js';
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

  it('are put together by name, whatever their order', () => {
    const second = slice('web-2', { endpoints: [{ addresses: ['10.1.0.2'] }] });
    assert.deepEqual(addressesOf(service(), second, slice('web-1')), ['10.1.0.1', '10.1.0.2']);
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
  });

  it('of a Service without selector are unknown to the control plane when somebody wrote them by hand', () => {
    const bare = service({});
    assert.equal(subsetsOf(bare, slice('web-1')), undefined);
    const manager = (name: string) => ({ 'endpointslice.kubernetes.io/managed-by': name });
    assert.equal(subsetsOf(bare, slice('web-1', {}, manager('somebody'))), undefined);
    const mirrored = slice('web-1', {}, manager('endpointslicemirroring-controller.k8s.io'));
    assert.deepEqual(addressesOf(bare, mirrored), ['10.1.0.1']);
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
