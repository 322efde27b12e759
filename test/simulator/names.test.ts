import assert from 'node:assert/strict';
import type { Resource, Service } from '../../src/lib/resources/types.js';
import { createNames, serviceAddresses, type Resolver } from '../../src/lib/simulator/names.js';
import { createWorld, type WorldOptions } from '../../src/lib/simulator/world.js';
import { formatIpv4 } from '../../src/lib/text/ip.js';
import { endpoints, service, SOURCE } from './control-plane/worlds.js';

const IN_SHOP = { ...SOURCE, namespace: 'shop' };
const addressed = (...addresses: { ip: string; hostname?: string }[]) => ({ addresses, ports: [{ port: 80 }] });

const objects: Resource[] = [
  service('web'),
  service('db', { clusterIP: 'None' }),
  endpoints(
    'db',
    addressed({ ip: '203.0.113.1', hostname: 'db-0' }, { ip: '203.0.113.2', hostname: 'db-1' }),
    addressed({ ip: '203.0.113.3', hostname: 'db-1' }, { ip: '203.0.113.4' }, { ip: '2001:db8::1', hostname: 'db-6' }),
  ),
  service('v6', { clusterIP: '2001:db8::2' }),
  service('bare', { clusterIP: 'None' }),
];

function look(resolve: Resolver = () => undefined, source = SOURCE, options?: WorldOptions) {
  const { lookUp, lookUpForEnvoy } = createNames(createWorld(objects, options), source, resolve);
  const text = ({ addresses, by }: ReturnType<typeof lookUp>) => [by, ...addresses].join(' ');
  return {
    client: (host: string) => text(lookUp(host)),
    envoy: (host: string) => text(lookUpForEnvoy(host)),
    scattered: (host: string) => lookUp(host).scattered,
  };
}

describe('what a name stands for', () => {
  it('is a literal itself, and the pod for localhost, whatever somebody tells', () => {
    const { client } = look(() => ['192.0.2.1']);
    for (const host of ['192.0.2.9', '::1', '127.0.0.1']) assert.equal(client(host), `literal ${host}`);
    for (const host of ['localhost', 'LOCALHOST', 'a.localhost', 'localhost.'])
      assert.equal(client(host), 'loopback 127.0.0.1', host);
    for (const host of ['ip6-localhost', 'ip6-loopback', 'IP6-loopback.'])
      assert.equal(client(host), 'loopback ::1', host);
    for (const host of ['localhost.org', '.localhost.org']) assert.equal(client(host), 'resolver 192.0.2.1', host);
  });

  it('is what is told of it in lower case and without a final dot, in that order', () => {
    const { client } = look((name) =>
      name === 'a.org' ? ['192.0.2.2', '192.0.2.1'] : name === 'b.org' ? [] : undefined,
    );
    for (const host of ['a.org', 'A.ORG', 'a.org.']) assert.equal(client(host), 'resolver 192.0.2.2 192.0.2.1', host);
    assert.equal(client('.a.org'), 'nobody');
    assert.equal(client('b.org'), 'nobody', 'no address is no word about it');
    assert.equal(client('c.org'), 'nobody');
  });

  it('does not resolve where it is reserved, unless somebody tells', () => {
    for (const host of ['invalid', 'a.invalid']) assert.equal(look().client(host), 'not-found', host);
    for (const host of ['invalid.org', '.invalid.org', 'ainvalid']) assert.equal(look().client(host), 'nobody', host);
    assert.equal(look(() => ['192.0.2.1']).client('a.invalid'), 'resolver 192.0.2.1');
  });

  it('is a service, by the names that DNS gives it', () => {
    const { client } = look();
    for (const host of ['web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local', 'WEB.shop.svc.cluster.local.'])
      assert.equal(client(host), 'service 203.0.113.200', host);
    assert.equal(client('web'), 'nobody');
    assert.equal(client('web.shop.svc.cluster'), 'not-found', 'which only Envoy’s routes know');
    assert.equal(client('.svc.cluster.org'), 'nobody');
    const inShop = look(undefined, IN_SHOP).client;
    assert.equal(inShop('web'), 'service 203.0.113.200');
    assert.equal(inShop('db-0.db'), 'service 203.0.113.1');
  });

  it('is no service by a name that ends in a dot, but by the one that DNS has', () => {
    const inShop = look(undefined, IN_SHOP, { asInFiles: true });
    for (const host of ['web.', 'web.shop.', 'db-0.db.', 'bare.shop.']) {
      assert.equal(inShop.client(host), 'nobody', host);
      assert.equal(inShop.envoy(host), 'nobody', host);
    }
    assert.equal(inShop.client('other.shop.svc'), 'nobody', 'a Service that is not given may have it');
    for (const host of ['web.shop.svc.', 'web.shop.svc.cluster.']) assert.equal(inShop.client(host), 'not-found', host);
    assert.equal(look(() => 'not-found', IN_SHOP).client('web.shop.'), 'not-found');
    assert.equal(inShop.scattered('bare.shop.'), undefined);
    assert.match(inShop.scattered('bare.shop.svc.cluster.local.') ?? '', /headless/);
  });

  it('is of a headless service its endpoints, each also by its hostname', () => {
    const { client } = look();
    assert.equal(client('db.shop'), 'service 203.0.113.1 203.0.113.2 203.0.113.3 203.0.113.4');
    assert.equal(client('db-0.db.shop'), 'service 203.0.113.1');
    assert.equal(client('db-1.db.shop.svc'), 'service 203.0.113.2 203.0.113.3');
    for (const host of ['undefined.db.shop', 'db-6.db.shop', 'v6.shop', 'bare.shop'])
      assert.equal(client(host), 'nobody', host);
  });

  it('is for Envoy not found where it is not, for the client a service all the same', () => {
    const { client, envoy } = look(() => 'not-found');
    assert.equal(client('web.shop'), 'service 203.0.113.200');
    assert.equal(envoy('web.shop'), 'not-found');
    assert.equal(client('a.org'), 'not-found');
    assert.equal(look().envoy('web.shop'), 'service 203.0.113.200');
  });

  it('is scattered, of a headless service in files, whose Endpoints only a cluster has', () => {
    const asInFiles = { asInFiles: true };
    const { client, scattered } = look(undefined, SOURCE, asInFiles);
    for (const host of [
      'bare.shop',
      'bare.shop.svc',
      'bare.shop.svc.cluster.local',
      'pod-0.bare.shop',
      'x.bare.shop.svc',
    ]) {
      assert.match(scattered(host) ?? '', new RegExp(`^${host} is a headless Service`));
      assert.equal(client(host), 'nobody', host);
    }
    for (const host of ['bare', 'xbare.shop', 'a.b.bare.shop', 'bare.shop.org', 'db.shop', 'web.shop', 'a.org'])
      assert.equal(scattered(host), undefined, host);
    for (const host of ['bare', 'pod-0.bare', 'bare.shop'])
      assert.match(look(undefined, IN_SHOP, asInFiles).scattered(host) ?? '', /headless/, host);
    assert.equal(look().scattered('bare.shop'), undefined);
    const outside: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
    const { lookUp } = createNames(createWorld([...objects, outside], asInFiles), SOURCE, () => undefined);
    assert.equal(lookUp('bare.shop').scattered, undefined, 'which a mesh does not know');
  });

  it('has the service whose name or address it is', () => {
    const serviceOf = (host: string, told: string[] = []) =>
      createNames(createWorld(objects), SOURCE, () => told).lookUp(host).service?.metadata.name;
    assert.deepEqual(
      ['web.shop', '203.0.113.200', '192.0.2.1', '2001:db8::2'].map((host) => serviceOf(host)),
      ['web', 'web', undefined, undefined],
    );
    assert.equal(serviceOf('a.org', ['192.0.2.1', '203.0.113.200']), 'web');
    assert.equal(serviceOf('a.org', ['192.0.2.1']), undefined);
  });

  it('tells where services are, which no other name is', () => {
    const world = createWorld(objects);
    const names = createNames(world, SOURCE, () => undefined);
    const last = [1, 2, 3, 4, 200].map((byte) => `203.0.113.${byte}`);
    assert.deepEqual([...names.services.keys()].map(formatIpv4).toSorted(), last.toSorted());
    const find = (name: string) => serviceAddresses(world, world.services.get(`shop/${name}`) as Service);
    assert.deepEqual([find('web'), find('v6'), find('bare')], [['203.0.113.200'], [], []]);
    const unnamed = createWorld([
      service('new', { clusterIP: '' }),
      endpoints('new', addressed({ ip: '203.0.113.9' })),
    ]);
    assert.deepEqual(serviceAddresses(unnamed, unnamed.services.get('shop/new')!), ['203.0.113.9']);
  });
});
