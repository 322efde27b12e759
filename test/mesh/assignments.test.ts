import assert from 'node:assert/strict';

import fc from 'fast-check';

import { UsageError } from '../../src/lib/errors.js';
import { parseAssignments } from '../../src/lib/mesh/meshconfig/assignments.js';
import { namedRules, specRule } from '../../src/lib/mesh/meshconfig/schema.js';
import type { Rule } from '../../src/lib/mesh/meshconfig/schema.js';
import { parseValue } from '../../src/lib/mesh/meshconfig/values.js';

/** What `parseAssignments` says of words that it refuses: a line each, with its hint. */
function complaints(...words: string[]): string[] {
  try {
    parseAssignments(words);
  } catch (error) {
    assert.ok(error instanceof AggregateError);
    return error.errors.map((one: unknown) => {
      assert.ok(one instanceof UsageError && one.hint, String(one));
      return `${one.message} | ${one.hint}`;
    });
  }
  return assert.fail(`${words.join(' ')} should have been refused`);
}

describe('PATH=VALUE', () => {
  const accepted: [word: string, path: string[], value: unknown][] = [
    ['traffic.enableEgress=true', ['traffic', 'enableEgress'], true],
    ['spec.traffic.enableEgress=false', ['traffic', 'enableEgress'], false],
    ['.spec.traffic.enableEgress=false', ['traffic', 'enableEgress'], false],
    ['traffic.enableEgress=null', ['traffic', 'enableEgress'], undefined],
    ['traffic.enableEgress-', ['traffic', 'enableEgress'], undefined],
    ['traffic-', ['traffic'], undefined],
    ['sidecar.logLevel=off', ['sidecar', 'logLevel'], 'off'],
    ['sidecar.maxDataPlaneConnections=+5', ['sidecar', 'maxDataPlaneConnections'], 5],
    ['sidecar.envoyImage=registry/envoy:v1=x', ['sidecar', 'envoyImage'], 'registry/envoy:v1=x'],
    ['sidecar.envoyImage=', ['sidecar', 'envoyImage'], ''],
    ['sidecar.configResyncInterval=1h30m0.5s', ['sidecar', 'configResyncInterval'], '1h30m0.5s'],
    ['sidecar.cipherSuites=a,b', ['sidecar', 'cipherSuites'], ['a', 'b']],
    ['sidecar.cipherSuites=["a,b"]', ['sidecar', 'cipherSuites'], ['a,b']],
    ['sidecar.cipherSuites=', ['sidecar', 'cipherSuites'], []],
    ['traffic.outboundPortExclusionList=80', ['traffic', 'outboundPortExclusionList'], [80]],
    ['traffic.outboundPortExclusionList=[80, 443]', ['traffic', 'outboundPortExclusionList'], [80, 443]],
    ['traffic.outboundPortExclusionList=[]', ['traffic', 'outboundPortExclusionList'], []],
    ['sidecar.resources.limits.cpu=1', ['sidecar', 'resources', 'limits', 'cpu'], '1'],
    ['sidecar.resources.limits.example.com/gpu=2', ['sidecar', 'resources', 'limits', 'example.com/gpu'], '2'],
    ['sidecar.resources.limits.cpu-', ['sidecar', 'resources', 'limits', 'cpu'], undefined],
    ['sidecar.resources={"limits":{"cpu":1}}', ['sidecar', 'resources'], { limits: { cpu: 1 } }],
    ['featureFlags={"enableEgressPolicy":true}', ['featureFlags'], { enableEgressPolicy: true }],
  ];
  for (const [word, path, value] of accepted) {
    it(`takes ${word}`, () => {
      assert.deepEqual(parseAssignments([word]), [{ path, value }]);
    });
  }

  it('takes what a list gains and loses', () => {
    const path = ['traffic', 'outboundPortExclusionList'];
    assert.deepEqual(parseAssignments(['traffic.outboundPortExclusionList+=80,443', `spec.${path.join('.')} -= [7]`]), [
      { path, value: [80, 443], change: 'add' },
      { path, value: [7], change: 'remove' },
    ]);
  });

  const refused: [word: string, message: string, hint: string][] = [
    ['traffic.enableEgress', '"traffic.enableEgress" sets nothing', 'write traffic.enableEgress=VALUE'],
    [
      'traffic.enableEgress+=true',
      'spec.traffic.enableEgress is not a list',
      'set it as a whole: traffic.enableEgress=VALUE',
    ],
    ['sidecar.cipherSuites+=', 'spec.sidecar.cipherSuites needs at least 1 item', 'write a list such as'],
    [
      'traffic.outboundPortExclusionList-=web',
      'spec.traffic.outboundPortExclusionList[0] cannot be "web"',
      'write a whole number from 1 to 65535',
    ],
    ['traffic.enableEgress=', 'spec.traffic.enableEgress cannot be ""', 'write true or false'],
    ['traffic.enableEgress=True', 'spec.traffic.enableEgress cannot be "True"', 'write true or false'],
    [
      'traffic.enableEgres=true',
      'MeshConfig has no field spec.traffic.enableEgres',
      'did you mean spec.traffic.enableEgress?',
    ],
    ['enableEgress=true', 'MeshConfig has no field spec.enableEgress', 'did you mean traffic.enableEgress?'],
    [
      'spec.enableegresspolicy=true',
      'MeshConfig has no field spec.enableegresspolicy',
      'did you mean featureFlags.enableEgressPolicy?',
    ],
    [
      'enable=true',
      'MeshConfig has no field spec.enable',
      'did you mean traffic.inboundExternalAuthorization.enable or observability.tracing.enable?',
    ],
    [
      'trafic.enableEgress=true',
      'MeshConfig has no field spec.trafic.enableEgress',
      'did you mean traffic.enableEgress?',
    ],
    ['nothingLikeIt=true', 'MeshConfig has no field spec.nothingLikeIt', 'fields of spec: sidecar, traffic,'],
    ['=true', '"" names no field', 'write a path such as'],
    ['spec=true', '"spec" names no field', 'write a path such as'],
    ['-', '"" names no field', 'write a path such as'],
    ['metadata.name=x', 'metadata.name is not part of spec', 'use kubectl'],
    ['traffic..enableEgress=true', 'MeshConfig has no field spec.traffic.', 'fields of spec.traffic'],
    [
      'traffic.outboundPortExclusionList.0=80',
      'MeshConfig has no field spec.traffic.outboundPortExclusionList.0',
      'set it as a whole: traffic.outboundPortExclusionList=VALUE',
    ],
    ['sidecar.constructor=1', 'MeshConfig has no field spec.sidecar.constructor', 'fields of spec.sidecar'],
    ['__proto__.x=1', 'MeshConfig has no field spec.__proto__', 'fields of spec'],
    ['sidecar.resources.limits.__proto__=1', '"__proto__" cannot be the name of a resource', 'use names such as cpu'],
    [
      'sidecar.logLevel=debgu',
      'spec.sidecar.logLevel cannot be "debgu"',
      'did you mean debug?\nuse one of: trace, debug',
    ],
    ['sidecar.tlsMinProtocolVersion=1.2', 'cannot be "1.2"', 'use one of: TLS_AUTO'],
    ['traffic.outboundPortExclusionList=0', 'spec.traffic.outboundPortExclusionList[0] cannot be 0', 'from 1 to 65535'],
    [
      'traffic.outboundPortExclusionList=80,65536',
      'spec.traffic.outboundPortExclusionList[1] cannot be 65536',
      'from 1 to 65535',
    ],
    ['traffic.outboundPortExclusionList=80,', 'cannot be "80,"', 'remove the comma'],
    ['traffic.outboundPortExclusionList=["80"]', '[0] cannot be "80"', 'from 1 to 65535'],
    [
      'traffic.outboundPortExclusionList=[80',
      'spec.traffic.outboundPortExclusionList: not JSON',
      'write a list such as 80,443',
    ],
    ['traffic.outboundIPRangeExclusionList=10.0.0.0', 'cannot be "10.0.0.0"', 'write 10.0.0.0/32'],
    ['traffic.outboundIPRangeExclusionList=10.0.0', 'cannot be "10.0.0"', 'an IPv4 range such as 10.0.0.0/8'],
    ['traffic.outboundIPRangeExclusionList=10.0.0.256/8', 'cannot be "10.0.0.256/8"', 'an IPv4 range'],
    ['traffic.outboundIPRangeExclusionList=10.0.0.01/8', 'cannot be "10.0.0.01/8"', 'an IPv4 range'],
    ['traffic.outboundIPRangeExclusionList=::/0', 'cannot be "::/0"', 'an IPv4 range'],
    ['sidecar.maxDataPlaneConnections=1.5', 'cannot be "1.5"', 'a whole number'],
    ['sidecar.maxDataPlaneConnections=99999999999999999999', 'cannot be 100000000000000000000', 'a whole number'],
    ['sidecar.configResyncInterval=10', 'cannot be "10"', 'a duration such as 30s'],
    ['sidecar.resources.limits.cpu=lots', 'cannot be "lots"', 'a quantity such as 500m'],
    [
      'sidecar.resources={"limit":{}}',
      'MeshConfig has no field spec.sidecar.resources.limit',
      'did you mean spec.sidecar.resources.limits?',
    ],
    ['sidecar.resources=[]', 'spec.sidecar.resources cannot be []', 'a JSON object with limits, requests'],
    ['certificate.ingressGateway.subjectAltNames=', 'needs at least 1 item', 'a list such as'],
    [
      'featureFlags={"enableEgressPolicy":"yes"}',
      'spec.featureFlags.enableEgressPolicy cannot be "yes"',
      'write true or false',
    ],
  ];
  for (const [word, message, hint] of refused) {
    it(`refuses ${word}`, () => {
      const [complaint = ''] = complaints(word);
      const [said = '', advised = ''] = complaint.split(' | ');
      assert.ok(said.includes(message), said);
      assert.ok(advised.includes(hint), advised);
    });
  }

  it('tells all that is wrong at once', () => {
    assert.equal(complaints('a=1', 'traffic.enableEgress=true', 'b', 'sidecar.logLevel=x').length, 3);
  });

  it('refuses fields that are given twice, or together with their section', () => {
    assert.match(complaints('sidecar.logLevel=info', 'spec.sidecar.logLevel=info')[0] ?? '', /logLevel is given twice/);
    assert.match(
      complaints('sidecar-', 'sidecar.logLevel=info')[0] ?? '',
      /spec.sidecar and spec.sidecar.logLevel overlap/,
    );
    assert.match(
      complaints('sidecar.logLevel=info', 'sidecar-')[0] ?? '',
      /spec.sidecar.logLevel and spec.sidecar overlap/,
    );
  });

  it('finds every field by its path, and by its path with one letter wrong', () => {
    for (const { path, rule } of namedRules()) {
      const name = path.join('.');
      assert.deepEqual(parseAssignments([`${name}-`]), [{ path, value: undefined }]);
      if (rule.type === 'object' || rule.type === 'map') continue;
      assert.ok(complaints(`${name}x-`)[0]?.includes(`did you mean spec.${name}?`), name);
    }
  });

  it('never fails in another way, whatever the words', () => {
    const field = fc.constantFrom(...namedRules().map(({ path }) => path.join('.')));
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(field, fc.oneof(fc.string(), fc.json())).map(([name, value]) => `${name}=${value}`),
      fc.tuple(field, fc.string()).map(([name, more]) => `${name}.${more}-`),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (words) => {
        try {
          parseAssignments(words);
        } catch (error) {
          assert.ok(error instanceof AggregateError && error.errors.every((one) => one instanceof UsageError));
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Values that a rule takes. */
function valid(rule: Rule): fc.Arbitrary<unknown> {
  switch (rule.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: rule.minimum ?? -100_000, max: rule.maximum ?? 100_000 });
    case 'string':
      if (rule.choices) return fc.constantFrom(...rule.choices);
      if (rule.format === 'duration') return fc.constantFrom('0', '1s', '1h2m3s', '1.5h', '-3ms', '7µs');
      if (rule.format === 'quantity') return fc.constantFrom('1', '0.5', '100m', '1Gi', '2e3', '.5k');
      if (rule.format === 'ipv4-range') {
        const range = fc
          .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
          .map(([address, bits]) => `${address}/${bits}`);
        return range;
      }
      return fc.string();
    case 'list':
      return fc.array(valid(rule.items), { minLength: rule.minItems ?? 0, maxLength: 4 });
    case 'map':
      return fc.dictionary(fc.constantFrom('cpu', 'memory', 'example.com/gpu'), valid(rule.values), {
        noNullPrototype: true,
      });
    case 'object':
      return fc.record(Object.fromEntries(Object.entries(rule.fields).map(([name, field]) => [name, valid(field)])), {
        requiredKeys: [],
        noNullPrototype: true,
      });
  }
}

describe('values', () => {
  it('are read back from JSON as they are', () => {
    const section = namedRules().map(({ path, rule }) => valid(rule).map((value) => ({ path, rule, value })));
    fc.assert(
      fc.property(fc.oneof(...section), ({ path, rule, value }) => {
        const text = rule.type === 'string' ? (value as string) : JSON.stringify(value);
        assert.deepEqual(parseValue(text, rule, path), value);
      }),
      { numRuns: 300 },
    );
  });

  it('of the whole spec are read back as they are', () => {
    fc.assert(
      fc.property(valid(specRule), (spec) => {
        assert.deepEqual(parseValue(JSON.stringify(spec), specRule, []), spec);
      }),
      { numRuns: 50 },
    );
  });

  it('of lists mean the same with commas', () => {
    const ports = fc.array(fc.integer({ min: 1, max: 65535 }), { maxLength: 5 });
    fc.assert(
      fc.property(ports, (list) => {
        const word = (text: string): unknown =>
          parseAssignments([`traffic.inboundPortExclusionList=${text}`])[0]?.value;
        assert.deepEqual(word(list.join(',')), word(JSON.stringify(list)));
      }),
    );
  });
});
