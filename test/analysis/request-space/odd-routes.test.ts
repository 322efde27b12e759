import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classes, classOf, spaceOf, undecidedRegions } from '../../../src/lib/analysis/request-space/index.js';
import type { Egress, HTTPRouteGroup, Resource } from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import { addressOf, outcome, simulationOf } from './support.js';

/** Routes that look at whatever a route can look at, the odd things included. */
const HEADERS: Record<string, string>[] = [
  { host: 'api.*' },
  { host: '(?i).*EXAMPLE.com' },
  { host: '[a-z.]+:80' },
  { ':path': '/get\\?x=1' },
  { ':path': '.*\\?.*' },
  { ':method': 'P.*' },
  { ':method': 'GET|PURGE' },
  { ':scheme': 'https' },
  { ':scheme': 'http' },
  { 'x-forwarded-proto': 'http' },
  { 'x-forwarded-proto': '.*' },
  { 'x-request-id': '.*-.*' },
  { 'x-request-id': '[0-9]+' },
  { 'user-agent': 'curl/.*' },
  { accept: '.*' },
  { te: 'trailers' },
  { connection: '.*' },
  { 'content-length': '[0-9]' },
  { expect: '.*' },
  { cookie: 'a=1; b=2' },
  { 'x-env': 'prod|é' },
  { 'X-Env': '.*' },
  { ':protocol': '.*' },
];
const HOSTS = [
  'api.example.com',
  'API.example.com',
  '*.example.com',
  'api.*',
  '*',
  '*pi.example.com',
  'example.com',
  'http://x',
];
const PATHS = ['/get', '/get.*', '.*', '/(get|put)', '/get\\b.*', '[^?]*'];

const runs = Number(process.env['LAWS_RUNS'] ?? 100);

const someOf = <T>(items: readonly T[], maxLength: number) => fc.uniqueArray(fc.constantFrom(...items), { maxLength });

const group: fc.Arbitrary<HTTPRouteGroup> = fc
  .array(
    fc.record({
      name: fc.constant('match'),
      pathRegex: fc.constantFrom(...PATHS),
      methods: someOf(['GET', 'POST', 'CONNECT'], 2),
      headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 2 }),
    }),
    { maxLength: 4 },
  )
  .map((matches) => ({
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name: 'group', namespace: 'curl' },
    spec: { matches },
  }));

const world: fc.Arbitrary<Resource[]> = fc
  .tuple(
    group,
    fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 3, selector: (host) => host.toLowerCase() }),
  )
  .map(([routes, hosts]) => {
    const policy: Egress = {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'policy', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        hosts,
        ports: [{ number: 80, protocol: 'http' }],
        matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: 'group' }],
      },
    };
    return [routes, policy];
  });

const line = fc
  .record({
    host: fc.constantFrom(
      'api.example.com',
      'x.example.com',
      'api.test',
      'example.com',
      'xpi.example.com',
      'other.test',
    ),
    path: fc.constantFrom('/', '/get', '/get?x=1', '/getx', '/put?', '/get/x?y'),
    options: someOf(
      [
        '-X POST',
        '-X PURGE',
        '-X FROB',
        '-X CONNECT',
        "-H 'Host: API.Example.com'",
        "-H 'Host: api.example.com:80'",
        "-H 'x-forwarded-proto: https'",
        "-H 'x-forwarded-proto: HTTPS'",
        "-H 'x-forwarded-proto: ws'",
        "-H 'x-forwarded-proto;'",
        "-H 'x-request-id: 7'",
        "-H 'x-env: prod'",
        "-H 'x-env: é'",
        "-H 'x-env: prod' -H 'x-env: stage'",
        "-H 'x-env;'",
        "-H 'TE: trailers'",
        "-H 'Cookie: a=1; b=2'",
        "-H 'Accept:'",
        "-H 'User-Agent: wget'",
        '--http2-prior-knowledge',
        '-0',
        '-d x',
      ],
      3,
    ),
  })
  .map(({ host, path, options }) => `curl ${options.join(' ')} --resolve '*:80:192.0.2.1' 'http://${host}${path}'`);

const lines = fc.array(line, { minLength: 20, maxLength: 20 });

describe('the request space of odd routes', function () {
  this.timeout(120_000 + runs * 1000);

  it('has one class for each request, with its verdict, and a command line for each class', () => {
    fc.assert(
      fc.property(world, lines, (objects, commands) => {
        const simulation = simulationOf(objects);
        const space = spaceOf([simulation]);
        assert.deepEqual(undecidedRegions(space), []);
        const targets = commands.map((command) => parseTarget(command));
        for (const { witness } of classes(space)) targets.push(parseTarget(witness.command));
        let located = 0;
        for (const target of targets) {
          const found = classOf(space, target, addressOf(simulation, target)!);
          if (!found) continue;
          located++;
          assert.equal(outcome(simulation, found.witness), outcome(simulation, target), target.command);
        }
        assert.ok(located > 0);
      }),
      { numRuns: runs },
    );
  });

  it('differs where a request fares otherwise', () => {
    fc.assert(
      fc.property(world, world, lines, (some, others, commands) => {
        const [a, b] = [simulationOf(some), simulationOf(others)];
        const space = spaceOf([a, b], { onlyDifferences: true });
        if (undecidedRegions(space).length > 0) return;
        const targets = commands.map((command) => parseTarget(command));
        for (const { witness } of classes(space)) {
          assert.notEqual(outcome(a, witness), outcome(b, witness), witness.command);
          targets.push(parseTarget(witness.command));
        }
        const whole = spaceOf([a]);
        for (const target of targets) {
          const address = addressOf(a, target)!;
          if (!classOf(whole, target, address)) continue;
          const differs = outcome(a, target) !== outcome(b, target);
          assert.equal(classOf(space, target, address) !== undefined, differs, target.command);
        }
      }),
      { numRuns: runs },
    );
  });
});
