import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readConfigDump } from '../../../src/lib/analysis/envoy-dump/index.js';
import { DumpProblem } from '../../../src/lib/analysis/envoy-dump/part.js';
import type { Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { simulate } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { pathText } from '../../../src/lib/text/field-path.js';
import { obstacleText } from '../../../src/lib/wording/verdict.js';
import { egress, meshConfig, namespace } from '../../egress/support.js';
import { dumpForm } from '../../support/dump-form.js';

type Json = Record<string, unknown>;

const source = { namespace: 'curl', serviceAccount: 'curl' };
const objects: Resource[] = [
  meshConfig(),
  namespace('curl'),
  egress('a', '80/http', { hosts: ['a.example'] }),
  egress('b', '443/https', { hosts: ['b.example'] }),
  egress('c', '5432/tcp-server-first'),
];

/** The dump of a proxy with one policy of each sort; spoiled by a test. */
function dumped(spoil: (dump: Json) => void = () => undefined): Json {
  const dump = JSON.parse(JSON.stringify(dumpForm(simulate(createWorld(objects), source)))) as Json;
  spoil(dump);
  return dump;
}

/** The object at a path such as `listener.filter_chains.0`, which may begin with a name of a resource. */
function at(dump: Json, path: string): Json {
  const [, clusters, listeners, routes] = dump['configs'] as Json[];
  const first = (section: Json | undefined, list: string) => (section![list] as Json[])[0]!;
  const roots: Readonly<Record<string, unknown>> = {
    dump,
    clusters,
    listeners,
    listener: (first(listeners, 'dynamic_listeners')['active_state'] as Json)['listener'],
    entry: first(listeners, 'dynamic_listeners'),
    routes: first(routes, 'dynamic_route_configs')['route_config'],
    cluster: first(clusters, 'dynamic_active_clusters')['cluster'],
  };
  const [root = '', ...steps] = path.split('.');
  let value = roots[root] as Json;
  for (const step of steps) value = value[step] as Json;
  return value;
}

/** The paths of all objects in a value, itself included. */
function objectsIn(value: unknown, path: readonly (string | number)[]): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.entries(value).flatMap(([key, one]) =>
    objectsIn(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? below : [path, ...below];
}

const put = (path: string, values: Json) => dumped((dump) => Object.assign(at(dump, path), values));
const verdictOf = (dump: unknown, target: string) =>
  simulate(createWorld(objects), source, { held: readConfigDump(dump).program }).decide(parseTarget(target));

const [HTTP, HTTPS, TCP] = ['http://a.example/x', 'https://b.example/', 'tcp://192.0.2.1:5432'];
const hcm = 'listener.filter_chains.0.filters.0.typed_config';

describe('the reader of config dumps', () => {
  it('answers from what it understands', () => {
    assert.deepEqual(
      [HTTP, HTTPS, TCP, 'http://b.example/', 'https://a.example/', 'tcp://192.0.2.1:1'].map(
        (target) => verdictOf(dumped(), target).verdict,
      ),
      ['allowed', 'allowed', 'allowed', 'denied', 'denied', 'denied'],
    );
    assert.deepEqual(readConfigDump(dumped()).source, source);
  });

  /** What is put where, and which requests it may decide about; the others are answered as before. */
  const unknown: readonly (readonly [string, Json, RegExp, readonly string[]])[] = [
    ['listener', { bind_to_port: false }, /bind_to_port of the listener/, [HTTP, HTTPS, TCP]],
    ['listener', { use_original_dst: true }, /use_original_dst/, [HTTP, HTTPS, TCP]],
    ['listener', { listener_filters: [] }, /original_dst/, [HTTP, HTTPS, TCP]],
    ['listener.listener_filters.1', { name: 'x.proxy_protocol', typed_config: null }, /proxy_protocol/, [HTTP, TCP]],
    ['listener.listener_filters.1', { filter_disabled: { any_match: true } }, /switched off/, [HTTPS]],
    [
      'listener.listener_filters.0',
      { filter_disabled: { destination_port_range: { start: 443, end: 444 } } },
      /original_dst is switched off/,
      [HTTPS],
    ],
    ['listener.listener_filters.1', { filter_disabled: null }, /different ports/, [HTTPS]],
    ['listener', { continue_on_listener_filters_timeout: false }, /silent/, [HTTP, TCP]],
    ['listener', { listener_filters_timeout: '0s' }, /listener_filters_timeout/, [TCP]],
    ['listener.filter_chains.0', { transport_socket: {} }, /transport_socket/, [HTTP]],
    ['listener.filter_chains.0.filter_chain_match', { transport_protocol: 'tls' }, /transport_protocol/, [HTTP]],
    ['listener.filter_chains.1.filter_chain_match', { source_ports: [1] }, /source_ports/, [HTTPS]],
    ['listener.filter_chains.2.filters.0.typed_config', { tunneling_config: {} }, /tunneling_config/, [TCP]],
    ['listener.filter_chains.2.filters.0', { name: 'x.rbac', typed_config: null }, /network filter x\.rbac/, [TCP]],
    [hcm, { merge_slashes: true }, /merge_slashes/, [HTTP]],
    [hcm, { rds: null, scoped_routes: {} }, /has its routes from/, [HTTP]],
    [hcm, { http_filters: [{ name: 'envoy.filters.http.fault' }] }, /filter envoy\.filters\.http\.fault/, [HTTP]],
    [hcm, { http_filters: [] }, /router/, [HTTP]],
    [
      hcm,
      { local_reply_config: { mappers: [{ filter: {}, status_code: 200 }] } },
      /own answers/,
      [HTTP, 'http://b.example/'],
    ],
    ['routes', { vhds: {} }, /vhds of a table/, [HTTP]],
    ['routes.virtual_hosts.0', { require_tls: 'ALL' }, /require_tls/, [HTTP]],
    ['routes.virtual_hosts.0', { domains: ['a.example', 'A.example'] }, /known to refuse/, [HTTP]],
    ['routes.virtual_hosts.0.routes.0', { typed_per_filter_config: {} }, /typed_per_filter_config/, [HTTP]],
    ['routes.virtual_hosts.0.routes.0', { route: null, redirect: {} }, /does with requests/, [HTTP]],
    ['routes.virtual_hosts.0.routes.0.route', { prefix_rewrite: '/' }, /prefix_rewrite/, [HTTP]],
    ['routes.virtual_hosts.0.routes.0.match', { query_parameters: [] }, /query_parameters/, [HTTP]],
    ['routes.virtual_hosts.0.routes.0.match', { safe_regex: null, prefix: '/' }, /matches paths/, [HTTP]],
    [
      'routes.virtual_hosts.0.routes.0.match',
      { headers: [{ name: 'a', present_match: true }] },
      /wants of the header a/,
      [HTTP],
    ],
    [
      'routes.virtual_hosts.0.routes.0.match',
      { headers: [{ name: 'a', safe_regex_match: { regex: 'b' }, invert_match: true }] },
      /invert_match of a header/,
      [HTTP],
    ],
    ['cluster', { type: 'STATIC', transport_socket: {} }, /transport_socket of cluster a\.example:80/, [HTTP]],
    [
      'cluster',
      { load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: '/x' } } } }] }] } },
      /addresses of cluster/,
      [HTTP],
    ],
    ['cluster', { load_assignment: null }, /addresses of cluster/, [HTTP]],
    ['cluster', { type: 'AGGREGATE' }, /type AGGREGATE/, [HTTP]],
  ];

  for (const [path, values, names, targets] of unknown) {
    it(`does not know ${JSON.stringify(values)} in ${path}, and says so`, () => {
      for (const target of targets) {
        const { verdict, obstacles } = verdictOf(put(path, values), target);
        assert.equal(verdict, 'unknown', target);
        assert.match(obstacles.map(obstacleText).join('\n'), names);
      }
      for (const target of [HTTP, HTTPS, TCP]) {
        if (!targets.includes(target)) continue;
        assert.equal(verdictOf(dumped(), target).verdict, 'allowed');
      }
    });
  }

  it('knows every field of every object that may decide: one more anywhere is not understood', () => {
    const ignored = new Set<string>();
    for (const root of ['listener', 'routes', 'cluster']) {
      for (const path of objectsIn(at(dumped(), root), [])) {
        const spoiled = dumped((dump) => {
          let value: unknown = at(dump, root);
          for (const step of path) value = (value as Record<string | number, unknown>)[step];
          (value as Json)['unheard_of'] = true;
        });
        const said = [HTTP, HTTPS, TCP].map((target) => verdictOf(spoiled, target).verdict);
        if (said.includes('unknown')) continue;
        assert.deepEqual(said, ['allowed', 'allowed', 'allowed'], pathText(path));
        ignored.add(`${root}.${pathText(path.map((step) => (typeof step === 'number' ? 0 : step)))}`);
      }
    }
    // where the listener is bound, where routes come from, which upgrades there are (asked of upgrades alone), and how a protocol
    // that is the client's own is spoken
    const protocol =
      'cluster.typed_extension_protocol_options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"]';
    const hcmPath = 'listener.filter_chains[0].filters[0].typed_config';
    assert.deepEqual([...ignored].sort(), [
      `${protocol}.use_downstream_protocol_config`,
      `${protocol}.use_downstream_protocol_config.http2_protocol_options`,
      'listener.address',
      'listener.address.socket_address',
      `${hcmPath}.rds.config_source`,
      `${hcmPath}.rds.config_source.ads`,
      `${hcmPath}.upgrade_configs[0]`,
    ]);
  });

  it('leaves what does not concern a request out of its answer', () => {
    const spoiled = put('listener.filter_chains.0.filter_chain_match', { transport_protocol: 'tls' });
    assert.deepEqual(
      [HTTPS, TCP].map((target) => verdictOf(spoiled, target).verdict),
      ['allowed', 'allowed'],
    );
  });

  it('knows a chain for every other port, and takes it only where no chain has the port', () => {
    const spoiled = put('listener.filter_chains.2.filter_chain_match', { destination_port: null });
    assert.deepEqual(
      ['tcp://192.0.2.1:1234', 'https://c.example/', 'https://c.example:8443/'].map(
        (target) => verdictOf(spoiled, target).verdict,
      ),
      ['allowed', 'denied', 'allowed'],
    );
  });

  it('does not know which upgrades an HTTP chain allows that has other than OSM’s list', () => {
    const websocket = 'curl http://a.example/ -H "Connection: Upgrade" -H "Upgrade: websocket"';
    assert.equal(verdictOf(dumped(), websocket).verdict, 'allowed');
    for (const upgrade_configs of [[{ upgrade_type: 'CONNECT' }], [{ upgrade_type: 'websocket', enabled: false }]]) {
      const spoiled = put(hcm, { upgrade_configs });
      assert.deepEqual(
        [verdictOf(spoiled, websocket).verdict, verdictOf(spoiled, HTTP).verdict],
        ['unknown', 'allowed'],
      );
    }
  });

  it('knows that an HTTP chain without a list of upgrades allows none', () => {
    const spoiled = put(hcm, { upgrade_configs: null });
    const ask = (upgrade: string, host = 'a.example') =>
      verdictOf(spoiled, `curl http://${host}/ -H "Connection: Upgrade" -H "Upgrade: ${upgrade}"`);
    assert.deepEqual(
      [ask('websocket').ending?.outcome.httpStatus, ask('other').ending?.outcome.httpStatus, ask('h2c').verdict],
      [403, 403, 'allowed'],
    );
    assert.equal(ask('websocket', 'b.example').ending?.outcome.httpStatus, 404);
    assert.equal(verdictOf(spoiled, HTTP).verdict, 'allowed');
  });

  it('reads the filters that OSM adds for statistics, and no others of their sort', () => {
    const filters = (inline_code: string) => [
      {
        name: 'envoy.filters.http.lua',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua', inline_code },
      },
      { name: 'http_router' },
    ];
    const script = (line: string) => `-- \nfunction envoy_on_request(request_handle)\n  ${line}\nend`;
    const ofOsm = script('request_handle:headers():add("osm-stats-pod", "curl-1")');
    assert.equal(verdictOf(put(hcm, { http_filters: filters(ofOsm) }), HTTP).verdict, 'allowed');
    const other = script('request_handle:respond({[":status"] = "403"}, "no")');
    assert.equal(verdictOf(put(hcm, { http_filters: filters(other) }), HTTP).verdict, 'unknown');
  });

  it('waits for a listener that warms up, and for nothing when there is none', () => {
    const warming = dumped((dump) => {
      const entry = at(dump, 'entry');
      entry['warming_state'] = entry['active_state'];
      delete entry['active_state'];
    });
    assert.equal(verdictOf(warming, HTTPS).verdict, 'unknown');
    assert.deepEqual(
      readConfigDump(warming).pending.map(({ what, state }) => [what, state]),
      [['listener', 'warming']],
    );
    const none = verdictOf(put('listeners', { dynamic_listeners: [] }), HTTPS);
    assert.deepEqual([none.verdict, none.ending?.outcome.class], ['denied', 'refused']);
  });

  it('says where a dump is damaged', () => {
    const broken: readonly (readonly [unknown, string])[] = [
      [[], ''],
      [{}, ''],
      [{ configs: {} }, 'configs'],
      [{ configs: [7] }, 'configs[0]'],
      [{ configs: [] }, 'configs'],
      [put('listener', { filter_chains: {} }), 'configs[2].dynamic_listeners[0].active_state.listener.filter_chains'],
      [
        put('routes.virtual_hosts.0', { domains: [7] }),
        'configs[3].dynamic_route_configs[0].route_config.virtual_hosts[0].domains[0]',
      ],
      [put('cluster', { type: 4 }), 'configs[1].dynamic_active_clusters[0].cluster.type'],
    ];
    for (const [dump, path] of broken) {
      assert.throws(
        () => readConfigDump(dump),
        (error) => error instanceof DumpProblem && pathText(error.path) === path,
        path,
      );
    }
  });

  it('reads the example', () => {
    const file = new URL('../../../examples/proxy/config_dump', import.meta.url);
    const { program, envoyVersion, pending } = readConfigDump(JSON.parse(readFileSync(file, 'utf8')));
    assert.deepEqual([program.listener?.filterChains.length, envoyVersion, pending], [2, '1.36.4', []]);
  });
});
