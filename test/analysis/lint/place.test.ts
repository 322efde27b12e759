import assert from 'node:assert/strict';
import { identityOf, primaryField } from '../../../src/lib/analysis/lint/place.js';
import type { AnyFinding } from '../../../src/lib/analysis/lint/rules/index.js';
import type { Egress, FieldPath, KubernetesObject } from '../../../src/lib/resources/types.js';
import { egress, meshConfig, routeGroup } from '../../egress/support.js';

const policy = egress('web', '80/http,443/https', { hosts: ['a.com', 'b.com'] });
const other = egress('other', '443/https', { hosts: ['a.com'] });
const config = meshConfig();
const { metadata, ...rest } = routeGroup('g', { name: 'one', pathRegex: '/' });
const group = { ...rest, metadata: { name: metadata.name } };

const at = (object: KubernetesObject, ...path: FieldPath) => ({ object, path });
const found = (finding: object) =>
  ({ port: null, policy: null, at: [], data: {}, ...finding }) as unknown as AnyFinding;

describe('the field that a finding is shown at', () => {
  const port = at(policy, 'spec', 'ports', 1);
  const rows: [what: string, finding: object, field: unknown][] = [
    ['the first one that is of its policy', { policy, at: [at(config), port, at(policy)] }, port],
    ['else the port', { policy, port: 1, at: [at(config)] }, port],
    ['else the policy', { policy, at: [at(config)] }, at(policy)],
    ['without a policy the first', { at: [at(config), at(group)] }, at(config)],
    ['none', {}, undefined],
  ];
  for (const [what, finding, field] of rows) it(what, () => assert.deepEqual(primaryField(found(finding)), field));
});

describe('what a baseline knows a finding by', () => {
  const [rule, suppression] = ['host-with-port', { written: 'OSM-E020' }];
  const rows: [finding: object, identity: unknown][] = [
    [
      { rule, policy, at: [at(policy, 'spec', 'hosts', 1)] },
      [rule, 'Egress', 'curl', 'web', ['spec', 'hosts', '"b.com"'], []],
    ],
    [
      { rule, policy, at: [at(policy, 'spec', 'ports', 0, 'number'), at(policy), at(other), at(group)] },
      [
        rule,
        'Egress',
        'curl',
        'web',
        ['spec', 'ports', '{"number":80,"protocol":"http"}', 'number'],
        ['Egress curl/other', 'HTTPRouteGroup /g'],
      ],
    ],
    [
      { rule, policy, at: [at(policy, 'spec', 'hosts', 9)] },
      [rule, 'Egress', 'curl', 'web', ['spec', 'hosts', 'null'], []],
    ],
    [{ rule, at: [at(group, 'spec')] }, [rule, 'HTTPRouteGroup', '', 'g', ['spec'], []]],
    [{ rule }, [rule]],
    [{ rule: 'manifest-oddity', data: { warning: { message: 'odd' } }, at: [at(group)] }, ['manifest-oddity', 'odd']],
    ...['suppression-unused', 'suppression-invalid'].map((name): [object, unknown] => [
      { rule: name, data: { suppression }, at: [at(policy, 'metadata')], policy: null as Egress | null },
      [name, 'OSM-E020'],
    ]),
  ];
  it('holds no line and no index', () => {
    for (const [finding, identity] of rows) assert.deepEqual(JSON.parse(identityOf(found(finding))), identity);
  });
});
