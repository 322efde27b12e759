/**
 * Cold starts against a bare `node -e 0`. Every round runs each program once, in turn, so that a busy machine slows all alike;
 * the smallest time and the processor time are the figures to trust. The code cache is there, as from the second run on.
 * The aim: `egress explain` at most twice bare Node.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureBuilt } from '../support/built.js';
import { executable, packageRoot } from '../support/run-cli.js';

const rounds = Number(process.env['ROUNDS'] ?? 20);
const explain = ['egress', 'explain', '--from', 'curl/curl'];

const programs = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: "node -e 'console.log(1)'", args: ['-e', 'console.log(1)'] },
  { name: 'osm-ts version', args: [executable, 'version'] },
  {
    name: 'osm-ts egress explain, http',
    args: [executable, ...explain, '-f', 'examples/http', '--url', 'http://httpbin.org:80/get'],
  },
  {
    name: 'osm-ts egress explain, routes',
    args: [executable, ...explain, '-f', 'examples/http-routes', '--', 'curl', '-s', 'http://httpbin.org/status/200'],
  },
  { name: 'osm-ts __complete', args: [executable, '__complete', 'egress', 'explain', '--'] },
  { name: 'osm-ts namespace add --help', args: [executable, 'namespace', 'add', '--help'] },
];

const folder = mkdtempSync(join(tmpdir(), 'osm-ts-bench-'));
const home = join(folder, 'home');

/** Makes Node report, on descriptor 3, the processor time that it took. */
const meter = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  require('node:fs').writeSync(3, String((user + system) / 1000));
});`;

/** One run; milliseconds. The processor time is measured in runs of their own, because the meter takes time too. */
function run(args: readonly string[], meterFile?: string): number {
  // NODE_EXTRA_CA_CERTS would cost 40 ms on Node.js 20 whatever is run.
  const env = { PATH: process.env['PATH'], HOME: home };
  const words = meterFile ? ['--require', meterFile, ...args] : [...args];
  const begin = process.hrtime.bigint();
  const { status, output } = spawnSync(process.execPath, words, {
    cwd: packageRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const elapsed = Number(process.hrtime.bigint() - begin) / 1e6;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${String(output[2])}`);
  return meterFile ? Number(String(output[3])) : elapsed;
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

ensureBuilt();
mkdirSync(home);
const meterFile = join(folder, 'meter.cjs');
writeFileSync(meterFile, meter);
const times = programs.map(({ name, args }) => ({ name, args, wall: [] as number[], cpu: [] as number[] }));
// The first runs make the code cache.
for (const { args } of programs) run(args);
for (let round = 0; round < rounds; round++) {
  for (const { args, wall } of times) wall.push(run(args));
  for (const { args, cpu } of times) cpu.push(run(args, meterFile));
}
rmSync(folder, { recursive: true });

const [base] = times;
console.log(`starts, ${rounds} rounds${' '.repeat(22)}median  x bare     min  x bare     cpu  x bare`);
for (const { name, wall, cpu } of times) {
  const columns = [median(wall), least(wall), least(cpu)];
  const bare = [median(base?.wall ?? []), least(base?.wall ?? []), least(base?.cpu ?? [])];
  const cells = columns.map(
    (value, index) => `${value.toFixed(1).padStart(8)}${(value / (bare[index] ?? 1)).toFixed(2).padStart(8)}`,
  );
  console.log(name.padEnd(36) + cells.join(''));
}
