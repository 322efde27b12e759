import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { envoyBootstrap, envoyConfiguration } from '../../../src/lib/analysis/envoy-config/index.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { toYaml } from '../../../src/lib/output/document.js';
import { egress, meshConfig, namespace } from '../../egress/support.js';
import { assertGolden } from '../../support/golden.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function configured(objects: readonly Resource[]) {
  const world = createWorld(objects);
  const { program } = simulate(world, source);
  return { streamed: envoyConfiguration(program, source), bootstrap: envoyBootstrap(program, world, source) };
}

describe('Envoy configuration', () => {
  const mesh = loadAll(readFileSync(here('world.yaml'), 'utf8')) as Resource[];

  it('of a mesh with services and policies of every protocol is as recorded, streamed and as a bootstrap', async () => {
    const { streamed, bootstrap } = configured(mesh);
    assertGolden(here('golden/streamed.yaml'), await toYaml(streamed));
    assertGolden(here('golden/bootstrap.yaml'), await toYaml(bootstrap));
  });

  it('names in its chains only clusters and routes that it has', () => {
    const { streamed } = configured(mesh);
    const text = JSON.stringify(streamed.listeners);
    const named = (field: string) =>
      [...text.matchAll(new RegExp(`"${field}":"([^"]*)"`, 'g'))].map(([, name]) => name!);
    const [clusters, routes] = [streamed.clusters, streamed.routes].map((list) => list.map(({ name }) => name));
    assert.ok(named('cluster').length > 0 && named('route_config_name').length > 0);
    assert.deepEqual(
      named('cluster').filter((name) => !clusters!.includes(name)),
      [],
    );
    assert.deepEqual(
      named('route_config_name').filter((name) => !routes!.includes(name)),
      [],
    );
  });

  it('has no listener when nothing is programmed to listen for', () => {
    const { streamed, bootstrap } = configured([meshConfig(), namespace('curl')]);
    assert.deepEqual(streamed, { listeners: [], routes: [], clusters: [] });
    assert.deepEqual(bootstrap.static_resources, { listeners: [], clusters: [] });
  });

  it('has no detection when egress policies are off, and none on the ports where servers speak first', () => {
    const filters = (objects: readonly Resource[]) => configured(objects).streamed.listeners[0]!.listener_filters;
    const off = meshConfig({ featureFlags: { enableEgressPolicy: false }, traffic: { enableEgress: true } });
    assert.deepEqual(
      filters([off, namespace('curl')]).map(({ name }) => name),
      ['envoy.filters.listener.original_dst'],
    );
    const one = filters([meshConfig(), namespace('curl'), egress('a', '3306/tcp-server-first')]);
    assert.deepEqual(
      one.map(({ filter_disabled }) => filter_disabled),
      [undefined, ...[1, 2].map(() => ({ destination_port_range: { start: 3306, end: 3307 } }))],
    );
  });

  it('leaves ranges out that do not parse, and cuts host bits off the others', () => {
    const policy = egress('a', '3306/tcp', { ipAddresses: ['192.0.2.77/24', '10.0.0.0/33'] });
    const { streamed } = configured([meshConfig(), namespace('curl'), policy]);
    assert.deepEqual(streamed.listeners[0]!.filter_chains[0]!.filter_chain_match, {
      destination_port: 3306,
      prefix_ranges: [{ address_prefix: '192.0.2.0', prefix_len: 24 }],
    });
  });
});
