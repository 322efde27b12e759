/** Warm verdicts, compilation and memory of the simulator. Every figure is a ratio, or stands beside its limit, of one run. */
import { parseManifests, serialize } from '../../src/lib/resources/index.js';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import { simulate } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';

const source = { namespace: 'curl', serviceAccount: 'curl' };

/** Policies with hosts of their own over a few ports; those beyond `ofSource` belong to other sources. */
function policies(count: number, ofSource = count): Resource[] {
  return Array.from({ length: count }, (_, index): Egress => {
    const https = index % 2 === 1;
    const account = index < ofSource ? 'curl' : `account-${index % 997}`;
    return {
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: `policy-${index}`, namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: account, namespace: 'curl' }],
        hosts: [`host-${index}.example.com`, `api-${index}.example.com`],
        ports: [{ number: https ? 443 : 80 + (index % 5), protocol: https ? 'https' : 'http' }],
        ...(https ? { ipAddresses: [`10.${index >> 8}.${index & 255}.0/24`] } : {}),
      },
    };
  });
}

function seconds(work: () => void): number {
  const begin = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

function verdictsPerSecond(count: number): number {
  const simulation = simulate(createWorld(policies(count)), source);
  const targets = Array.from({ length: 64 }, (_, step) => {
    const index = Math.floor((step * count) / 64);
    const https = index % 2 === 1;
    const port = https ? 443 : 80 + (index % 5);
    const address = https ? `10.${index >> 8}.${index & 255}.7` : '192.0.2.1';
    const host = step % 4 === 3 ? 'nowhere.example.org' : `host-${index}.example.com`;
    const url = `${https ? 'https' : 'http'}://${host}:${port}/get?x=1`;
    return parseTarget(`curl --resolve ${host}:${port}:${address} '${url}'`);
  });
  const rounds = 3000;
  const run = () => {
    for (let round = 0; round < rounds; round++) for (const target of targets) simulation.decide(target);
  };
  run();
  return (rounds * targets.length) / median([seconds(run), seconds(run), seconds(run)]);
}

const rates = [10, 1000, 10_000].map((count) => ({ count, rate: verdictsPerSecond(count) }));
for (const { count, rate } of rates) {
  const cost = (rates[0]!.rate / rate).toFixed(2);
  const thousands = Math.round(rate / 1000);
  console.log(`verdicts with ${count} policies: ${thousands}k/s, ${cost}x the cost with 10 (aim: over 200k/s, flat)`);
}

const thousand = policies(1000);
const compile = () => void simulate(createWorld(thousand), source);
for (let warm = 0; warm < 5; warm++) compile();
const compileSeconds = median([1, 2, 3, 4, 5].map(() => seconds(compile)));
const toController = (compileSeconds / 0.02).toFixed(2);
console.log(
  `compile 1000 policies of one source: ${(compileSeconds * 1000).toFixed(1)} ms, ${toController}x the controller's 20 ms`,
);

const yaml = serialize(policies(10_000, 100));
const before = process.memoryUsage().rss;
const readSeconds = seconds(() => {
  const manifests = parseManifests(yaml, 'policies.yaml');
  simulate(createWorld(manifests.objects), source).decide(parseTarget('http://host-0.example.com/'));
});
const after = process.memoryUsage().rss;
const megabytes = (bytes: number) => Math.round(bytes / 1e6);
console.log(
  `10000 policies, ${megabytes(yaml.length)} MB of YAML: read and decided in ${readSeconds.toFixed(2)} s, ` +
    `${megabytes(after - before)} MB more memory, ${megabytes(after)} MB in all (aim: under 200 MB)`,
);
