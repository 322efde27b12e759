import assert from 'node:assert/strict';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';

/** What the page does with the library, and gives back as JSON. */
const PAGE = `
const egress = (name, spec) => ({
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name, namespace: 'apps' },
  spec: { sources: [{ kind: 'ServiceAccount', name: 'web', namespace: 'apps' }], ...spec },
});
const source = { namespace: 'apps', serviceAccount: 'web' };
const simulation = (...objects) => osm.simulate(osm.createWorld(objects), source);
const less = simulation(egress('one', { hosts: ['a.example.com'], ports: [{ number: 443, protocol: 'https' }] }));
const more = simulation(
  egress('one', { hosts: ['a.example.com', 'b.example.com'], ports: [{ number: 443, protocol: 'https' }] }),
);
const { differing, undecided } = osm.difference(less, more);
const matrixOf = (world) => {
  const { destinations, rows } = osm.matrix(world);
  return [destinations.map(({ name }) => name), ...rows.map(({ source, cells }) => [source.serviceAccount, ...cells.map(({ verdict }) => verdict)])];
};
JSON.stringify({
  reached: osm
    .mergedClasses(osm.requestSpace([less]))
    .filter(({ verdicts }) => verdicts[0].verdict === 'allowed')
    .map(osm.requestClassText),
  differing: differing.map((one) => [osm.requestClassText(one.class), one.class.witness.command, one.before.verdict, one.after.verdict]),
  undecided,
  implied: osm.implies(more, less),
  rows: osm.reach(more).rows.map(({ way, classes, decidedBy }) => [
    way, classes.length, decidedBy.map(({ object }) => object.metadata.name).join(),
  ]),
  matrix: matrixOf(osm.createWorld([
    egress('one', { hosts: ['a.example.com'], ports: [{ number: 443, protocol: 'https' }] }),
    egress('two', { hosts: ['b.example.com'], ports: [{ number: 80, protocol: 'http' }], sources: [{ kind: 'ServiceAccount', name: 'api', namespace: 'apps' }] }),
  ])),
  decided: less.decide(osm.parseTarget('curl https://b.example.com/')).verdict,
});
`;

describe('the library in a browser', () => {
  it('needs nothing of Node.js, and finds all requests that differ', async () => {
    const { outputFiles, warnings } = await build({
      entryPoints: [join(packageRoot, 'src/lib/index.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'osm',
      platform: 'browser',
      target: 'es2022',
    });
    assert.deepEqual(warnings, []);
    // what a page has, and nothing else: no process, Buffer, require, global
    const page = createContext({ TextEncoder, TextDecoder });
    runInContext(outputFiles[0]!.text, page);
    const result = JSON.parse(runInContext(PAGE, page) as string) as unknown;
    assert.deepEqual(result, {
      reached: [
        'TLS on port 443 of a.example.com, wherever it resolves to',
        'everything on port 15000, at 127.0.0.1',
        'everything on ports 15010, 15901, 15902, 15903 and 15904, at every loopback address but ::1',
        'everything on every port, at an IPv6 address',
      ],
      differing: [
        [
          'TLS on port 443 of b.example.com, wherever it resolves to',
          'curl --resolve b.example.com:443:203.0.113.254 https://b.example.com/',
          'denied',
          'allowed',
        ],
      ],
      undecided: [],
      implied: { holds: true },
      rows: [
        ['policy', 1, 'one'],
        ['past-envoy', 1, ''],
        ['pod-itself', 1, ''],
        ['pod-itself', 1, ''],
      ],
      matrix: [
        ['a.example.com:443/https', 'b.example.com:80/http'],
        ['web', 'allowed', 'denied'],
        ['api', 'denied', 'allowed'],
      ],
      decided: 'denied',
    });
  });
});
