import assert from 'node:assert/strict';
import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { BOOTSTRAP_FILE, envoyFiles } from '../../scripts/observe/envoy-files.js';
import { envoyBootstrap } from '../../src/lib/analysis/envoy-config/index.js';
import { readConfigDump, type ConfigDump } from '../../src/lib/analysis/envoy-dump/index.js';
import { readManifests } from '../../src/lib/resources/index.js';
import { OUTBOUND_PORT } from '../../src/lib/simulator/pod-ports.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { describeVerdict } from '../conformance/agreement.js';
import { recordedHosts, recordedWorlds } from '../conformance/recordings.js';
import { startEnvoy, type RealEnvoy } from '../support/real-envoy.js';

const envoy = process.env['OSM_TS_ENVOY']!;
const hosts = recordedHosts();
const resolve = (name: string) => (hosts.has(name) ? [hosts.get(name)!] : ('not-found' as const));
/** So many of the recorded worlds, spread over them. */
const WORLDS = Number(process.env['CONFIG_DUMP_WORLDS'] ?? 25);

function filesOf({ program, source }: Simulation) {
  return envoyFiles(program, source, {
    meshEndpoints: () => [{ address: '192.0.2.1', port: 80 }],
    detectionTimeoutSeconds: 15,
    oldParsers: false,
  });
}

/** The kernel chooses its port, so that several can run: it is put back, because interception redirects to one port only. */
async function dumpOf(proxy: RealEnvoy): Promise<ConfigDump> {
  const text = await proxy.ask('/config_dump?include_eds');
  return readConfigDump(JSON.parse(text.replaceAll(/"port_value":\s*0\b/g, `"port_value":${OUTBOUND_PORT}`)));
}

describe('the config dump of a real Envoy', function () {
  this.timeout(10 * 60_000);

  it('is answered from like the policies that it was programmed with', async () => {
    const worlds = recordedWorlds('named').filter(({ listener }) => listener === 'programmed');
    const step = Math.max(1, Math.floor(worlds.length / WORLDS));
    const surprises: string[] = [];
    let asked = 0;
    for (const recorded of worlds.filter((_, index) => index % step === 0)) {
      const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
      const source = { namespace, serviceAccount };
      const simulation = simulate(createWorld(recorded.resources), source, { resolve });
      const proxy = await startEnvoy(envoy, filesOf(simulation));
      let dump: ConfigDump;
      try {
        dump = await dumpOf(proxy);
      } finally {
        await proxy.stop();
      }
      assert.deepEqual(dump.source, source);
      assert.equal(dump.envoyVersion, '1.36.4');
      const held = simulate(simulation.world, source, { resolve, held: dump.program });
      for (const { target } of recorded.probes) {
        const request = parseTarget(target);
        const own = simulation.decide(request);
        // chance is settled in a proxy
        if (own.verdict === 'unpredictable') continue;
        asked++;
        const [one, other] = [own, held.decide(request)].map(describeVerdict);
        if (one !== other) surprises.push(`${recorded.name}: ${target}: ${one}, by the dump ${other}`);
      }
    }
    assert.deepEqual(surprises, []);
    assert.ok(asked > WORLDS);
  });

  it('lets no connection be upgraded where the HTTP chain has no list of upgrades, as the simulator says', async () => {
    const source = { namespace: 'curl', serviceAccount: 'curl' };
    const folder = fileURLToPath(new URL('../../examples/http-routes', import.meta.url));
    const { objects } = await readManifests({ filenames: [folder], recursive: false, stdin: () => process.stdin });
    for (const [osmVersion, expected] of [
      ['1.1', { websocket: 403, h2c: 503, other: 403, elsewhere: 404 }],
      ['1.2', { websocket: 503, h2c: 503, other: 403, elsewhere: 404 }],
    ] as const) {
      const world = createWorld(objects, { osmVersion });
      const { program } = simulate(world, source);
      const bootstrap = envoyBootstrap(program, world, source);
      const [listener] = bootstrap.static_resources.listeners;
      const address = { socket_address: { address: '127.0.0.1', port_value: 15001 } };
      // nobody redirects here, so that there is one chain, for everything
      const chains = [{ filters: listener!.filter_chains[0]!.filters }];
      const listeners = [{ name: 'outbound-listener', address, filter_chains: chains }];
      const resources = { ...bootstrap.static_resources, listeners };
      const proxy = await startEnvoy(envoy, {
        [BOOTSTRAP_FILE]: JSON.stringify({ ...bootstrap, static_resources: resources }),
      });
      try {
        const port = Number(/:(\d+)\s*$/.exec(await proxy.ask('/listeners'))![1]);
        const status = (path: string, upgrade: string) =>
          new Promise<number>((resolve, reject) => {
            const headers = { Host: 'httpbin.org', Connection: 'Upgrade', Upgrade: upgrade };
            get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
              response.resume();
              resolve(response.statusCode!);
            }).on('error', reject);
          });
        const seen = {
          websocket: await status('/get', 'websocket'),
          h2c: await status('/get', 'h2c'),
          other: await status('/get', 'other'),
          elsewhere: await status('/elsewhere', 'websocket'),
        };
        assert.deepEqual(seen, expected);
      } finally {
        await proxy.stop();
      }
    }
  });

  it('tells of an update that the proxy refused, and answers from what it kept', async () => {
    const worldOf = (hosts: readonly string[]) => {
      const spec = {
        sources: [{ kind: 'ServiceAccount' as const, name: 'curl', namespace: 'curl' }],
        hosts: [...hosts],
        ports: [{ number: 443, protocol: 'https' }],
      };
      const metadata = { name: 'a', namespace: 'curl' };
      return createWorld([{ apiVersion: 'policy.openservicemesh.io/v1alpha1', kind: 'Egress', metadata, spec }]);
    };
    const source = { namespace: 'curl', serviceAccount: 'curl' };
    const [good, bad] = [['a.example'], ['b.example', 'B.example']].map((names) => simulate(worldOf(names), source));
    const proxy = await startEnvoy(envoy, filesOf(good!));
    try {
      proxy.update('lds.json', filesOf(bad!)['lds.json']!.replace('"version_info":"1"', '"version_info":"2"'));
      let dump = await dumpOf(proxy);
      for (let tries = 0; dump.pending.length === 0 && tries < 100; tries++) {
        await delay(100);
        dump = await dumpOf(proxy);
      }
      assert.deepEqual(
        dump.pending.map(({ what, name, state }) => [what, name, state]),
        [['listener', 'outbound-listener', 'refused']],
      );
      assert.match(dump.pending[0]!.details ?? '', /matching rules/);
      const held = simulate(worldOf([]), source, { held: dump.program });
      assert.equal(held.decide(parseTarget('https://a.example/')).verdict, 'allowed');
      assert.equal(held.decide(parseTarget('https://b.example/')).verdict, 'denied');
    } finally {
      await proxy.stop();
    }
  });
});
