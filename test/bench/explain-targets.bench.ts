/** `egress explain --targets` through the built program: printed lines a second of processor time, and memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';
import { policies } from './policies.js';

const folder = mkdtempSync(join(tmpdir(), 'osm-ts-bench-'));
const script = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.error('usage ' + JSON.stringify({ seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }));
})`;

interface Usage {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Hosts of http and https policies, and names that no policy has, in turn. */
function targetFile(count: number, ofPolicies: number): string {
  const lines = Array.from({ length: count }, (_, line) => {
    const index = Math.floor((line * ofPolicies) / count);
    const host = line % 4 === 3 ? `nowhere-${line}.example.net` : `host-${index}.example.com`;
    if (index % 4 === 0) return `http://${host}/healthz`;
    return index % 4 === 1 ? `https://${host}/` : `http://${host}:8080/${line}`;
  });
  const file = join(folder, `targets-${count}-${ofPolicies}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function policyFile(count: number): string {
  const file = join(folder, `policies-${count}.yaml`);
  writeFileSync(
    file,
    policies(count, 1)
      .map((object) => `${JSON.stringify(object)}\n---\n`)
      .join(''),
  );
  return file;
}

function explain(resources: string, targets: string): Usage {
  const args = ['--import', `data:text/javascript,${encodeURIComponent(script)}`, join(packageRoot, 'bin', 'run.js')];
  const words = ['egress', 'explain', '--from', 'apps/account-0', '-f', resources, '--targets', targets];
  const { stderr, status } = spawnSync(process.execPath, [...args, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const usage = /^usage (.*)$/m.exec(stderr);
  if (!usage || (status !== 0 && status !== 1)) throw new Error(`explain ended with ${String(status)}: ${stderr}`);
  return JSON.parse(usage[1]!) as Usage;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** What reading and compiling costs is left out: it is the cost of few targets. */
function linesPerSecond(count: number): number {
  const resources = policyFile(count);
  const [few, many] = [2000, 22_000];
  const [small, large] = [targetFile(few, count), targetFile(many, count)];
  const costs = [1, 2, 3].map(() => explain(resources, large).seconds - explain(resources, small).seconds);
  return (many - few) / median(costs);
}

const rates = [10, 1000, 10_000].map((count) => ({ count, rate: linesPerSecond(count) }));
for (const { count, rate } of rates) {
  const cost = (rates[0]!.rate / rate).toFixed(2);
  console.log(
    `explain --targets with ${count} policies: ${Math.round(rate)} printed lines a second, ${cost}x the cost with 10 (aim: 1.3x)`,
  );
}
const resources = policyFile(1000);
for (const count of [1000, 100_000, 400_000]) {
  const { seconds, megabytes } = explain(resources, targetFile(count, 1000));
  console.log(
    `${count} targets, 1,000 policies: ${seconds.toFixed(2)} s of processor time, ${Math.round(megabytes)} MB at most (aim: flat)`,
  );
}
rmSync(folder, { recursive: true });
