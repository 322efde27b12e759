/** `egress diff`, with its aims: by itself, and through the built program. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';
import { diffWorlds, otherSources, sourcesOf } from '../../src/lib/analysis/compare/index.js';
import type { Egress, Resource } from '../../src/lib/resources/types.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { edited, measure, policies, policy, routeGroup } from './policies.js';

function diff(some: readonly Resource[], others: readonly Resource[]): string {
  const worlds = [createWorld(some), createWorld(others)] as const;
  const named = sourcesOf([...some, ...others].filter((one): one is Egress => one.kind === 'Egress'));
  const { effects, undecided, sources } = diffWorlds(...worlds, [...named, ...otherSources(worlds, named)]);
  return `${effects.length} classes of ${sources} sources differ, ${undecided.length} places undecided`;
}

const thousand = policies(1000, 1);
measure('two sets of 1,000 policies of one source, 10 edits', 2, () => diff(thousand, edited(thousand, 10)));
measure('1,000 policies of one source, twice', 2, () => diff(thousand, structuredClone(thousand)));
const tenThousand = policies(10_000, 200);
measure('10,000 policies over 200 sources, 10 edits', 10, () => diff(tenThousand, edited(tenThousand, 10)));
for (const size of [10, 100, 1000]) {
  const some = policies(size, 1);
  for (const edits of [1, 10]) measure(`${size} policies, ${edits} edits`, 2, () => diff(some, edited(some, edits)));
}

const oneHost = (paths: readonly string[]): Resource[] => [
  routeGroup('group', paths),
  policy('one', 'account-0', { hosts: ['example.com'], ports: [{ number: 80, protocol: 'http' }], group: 'group' }),
];
const letters = 'abcdefghijklmnopqrstuvwxyz';
/** The first is refused by Envoy for its size; the second is the hardest of this form that it takes. */
const dots = Array.from({ length: 100 }, (_, index) => `/.{1,30}${letters[index % 26]}.{1,30}`);
const hard = Array.from(
  { length: 100 },
  (_, index) => `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`,
);
measure('100 regexes /.{1,30}x.{1,30} on one host, one less', 5, () => diff(oneHost(dots), oneHost(dots.slice(1))));
measure('100 regexes /[a-z]{1,9}x[a-z]{1,9}y, one less', 5, () => diff(oneHost(hard), oneHost(hard.slice(1))));
const ranges = Array.from({ length: 5000 }, (_, index) =>
  policy(`p-${index}`, 'account-0', {
    ranges: [`10.${index >> 6}.${(index & 63) * 4}.0/${22 + (index % 8)}`],
    ports: [{ number: 5432, protocol: 'tcp' }],
  }),
);
measure('5,000 CIDRs on one port, one less', 5, () => diff(ranges, ranges.slice(1)));
const hosts = Array.from({ length: 2000 }, (_, index) => `host-${index}.example.com`);
const manyHosts = (count: number): Resource[] => [
  routeGroup(
    'group',
    Array.from({ length: count }, (_, index) => `/api/v${index}/[a-z]+/.*`),
  ),
  policy('all', 'account-0', { hosts, ports: [{ number: 80, protocol: 'http' }], group: 'group' }),
];
measure('2,000 hosts with 20 routes, one route less', 5, () => diff(manyHosts(20), manyHosts(19)));
const mesh: Resource[] = Array.from({ length: 2000 }, (_, index) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `s${index}`, namespace: 'default' },
  spec: { clusterIP: `10.0.${index >> 8}.${index & 255}`, ports: [{ port: 80, targetPort: 80, appProtocol: 'http' }] },
}));
measure('a mesh of 2,000 services, one policy less', 2, () =>
  diff([...mesh, ...policies(2, 1)], [...mesh, ...policies(1, 1)]),
);
console.log(`memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most, of all of these in one process`);

const folder = mkdtempSync(join(tmpdir(), 'osm-ts-bench-'));
const written = (name: string, objects: readonly Resource[]): string => {
  writeFileSync(join(folder, name), objects.map((object) => `${JSON.stringify(object)}\n---\n`).join(''));
  return join(folder, name);
};
const [old, now] = [written('old.yaml', tenThousand), written('new.yaml', edited(tenThousand, 10))];
measure('osm-ts egress diff of 10,000 policies over 200 sources, files read', 10, () => {
  const script = `process.on('exit', () => console.error(Math.round(process.resourceUsage().maxRSS / 1024) + ' MB'))`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(script)}`, join(packageRoot, 'bin', 'run.js')];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, 'egress', 'diff', old, now], { encoding: 'utf8' });
  return `${stdout.trimEnd().split('\n').at(-1)}; ${stderr.trim()} (aim: 300 MB)`;
});
rmSync(folder, { recursive: true });
