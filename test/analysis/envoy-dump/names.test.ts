import assert from 'node:assert/strict';
import { readDumpNames } from '../../../src/lib/analysis/envoy-dump/names.js';

const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.admin.v3.${name}` });
const NOTHING = {
  listeners: new Map(),
  defaults: new Map(),
  domains: new Map(),
  clusters: new Set(),
  secrets: new Set(),
  hasListeners: false,
};

describe('the names in a config dump', () => {
  it('are those of its parts, whatever else is said of them', () => {
    const names = readDumpNames({
      configs: [
        type('BootstrapConfigDump'),
        {
          ...type('ListenersConfigDump'),
          dynamic_listeners: [
            {
              name: 'inbound-listener',
              active_state: {
                listener: {
                  filter_chains: [
                    {
                      name: 'ingress',
                      filter_chain_match: {
                        destination_port: 80,
                        prefix_ranges: [{ address_prefix: '10.0.0.1', prefix_len: 32 }, { prefix_len: 8 }],
                        source_prefix_ranges: [
                          { address_prefix: '10.0.0.2', prefix_len: 32 },
                          { address_prefix: '10.0.0.0', prefix_len: 8 },
                          { prefix_len: 32 },
                          { address_prefix: '0.0.0.0' },
                        ],
                        unheard_of: 1,
                      },
                      filters: [{ name: 'envoy.filters.network.rbac' }, { name: 'tcp_proxy', typed_config: 7 }, {}],
                    },
                    {},
                  ],
                  default_filter_chain: { name: 'default', filters: [{ name: 'x.y' }] },
                },
              },
            },
            { name: 'outbound-listener', warming_state: {} },
            { active_state: { listener: { default_filter_chain: {} } } },
            { name: 'empty', active_state: {} },
          ],
        },
        {
          ...type('RoutesConfigDump'),
          dynamic_route_configs: [
            { route_config: { name: 'r', virtual_hosts: [{ domains: ['a', 'b'] }, { domains: ['b', 'c'] }, {}] } },
            {},
          ],
        },
        {
          ...type('ClustersConfigDump'),
          dynamic_active_clusters: [{ cluster: { name: 'x', type: 'ODD' } }, {}],
          static_clusters: [{ cluster: { name: 'static' } }],
        },
        {
          ...type('SecretsConfigDump'),
          dynamic_active_secrets: [{ name: 'by entry' }, { name: 'entry', secret: { name: 'by secret' } }, {}],
          dynamic_warming_secrets: [{ name: 'warming' }],
        },
      ],
    });
    const bare = { name: '', destinationPort: undefined, prefixes: new Set(), sources: [], filters: [] };
    assert.deepEqual(names, {
      listeners: new Map<string, unknown>([
        [
          'inbound-listener',
          [
            {
              name: 'ingress',
              destinationPort: 80,
              prefixes: new Set(['10.0.0.1', '']),
              sources: ['10.0.0.2/32', '10.0.0.0/8', '/32', '0.0.0.0/0'],
              filters: ['rbac', 'tcp_proxy', ''],
            },
            bare,
          ],
        ],
        ['outbound-listener', undefined],
        ['', []],
        ['empty', []],
      ]),
      defaults: new Map([
        ['inbound-listener', { ...bare, name: 'default', filters: ['y'] }],
        ['', bare],
      ]),
      domains: new Map([
        ['r', new Set(['a', 'b', 'c'])],
        ['', new Set()],
      ]),
      clusters: new Set(['x', '']),
      secrets: new Set(['by entry', 'by secret', '']),
      hasListeners: true,
    });
  });

  it('are none in a dump that has no such parts', () => {
    assert.deepEqual(readDumpNames({}), NOTHING);
    assert.deepEqual(readDumpNames({ configs: [{}, { '@type': 'MyListenersConfigDump' }] }), NOTHING);
    assert.deepEqual(readDumpNames({ configs: [type('ListenersConfigDump')] }), { ...NOTHING, hasListeners: true });
  });
});
