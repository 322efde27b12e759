/**
 * `npm run fuzz [-- --seconds N --seed S --only FIELD]`: spoiled manifests, targets, kubeconfigs, files to edit and server answers, run
 * through the built program. Whatever the input, the exit code is none of a bug, nothing that a terminal would obey is printed,
 * JSON is JSON, an edit keeps what it does not change, and memory does not grow without end. What fails is kept, with the command
 * line; the same seed finds it again (answers of a server: as far as requests come in one order).
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { runWarm, warmProcess, type Run } from '../test/support/run-cli.js';
import { Chance } from './fuzz/chance.js';
import { faultOf } from './fuzz/fault.js';
import { offlineFields, startServer } from './fuzz/fields.js';

const SLOW_MS = 30_000;
const GROWTH_MIB = 400;

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? 1);
const folder = mkdtempSync(join(tmpdir(), 'osm-ts-fuzz-'));
const kept = `${folder}-kept`;

async function runBounded(args: readonly string[]): Promise<Run> {
  const watch = setTimeout(() => warmProcess()?.kill('SIGKILL'), SLOW_MS);
  try {
    return await runWarm(args, { cwd: folder });
  } finally {
    clearTimeout(watch);
  }
}

/** Resident memory of the process that runs them all, in MiB; undefined where the system does not tell. */
function memory(): number | undefined {
  try {
    const status = readFileSync(`/proc/${warmProcess()?.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

const server = await startServer();
const all = { ...offlineFields(), ...server.fields };
const fields = Object.entries(all).filter(([name]) => values.only === undefined || name === values.only);
if (fields.length === 0) throw new Error(`--only takes one of ${Object.keys(all).join(', ')}`);
let [passed, failed] = [0, 0];
let baseline: number | undefined;
const deadline = performance.now() + seconds * 1000;
for (let number = 0; performance.now() < deadline; number += 1) {
  const [name, field] = fields[number % fields.length]!;
  const input = field(new Chance(Math.imul(seed, 1_000_003) + number), folder);
  let run = await runBounded(input.args);
  if (run.code === null) {
    // somebody else, such as the system when memory is short, may have stopped it: what is at fault stops a new process too
    console.log(`${name} ${number} was stopped by ${run.signal}; once more`);
    run = await runBounded(input.args);
    baseline = undefined;
  }
  const fault = faultOf(run, input);
  if (number === 300) baseline = memory();
  if (fault === undefined) {
    passed += 1;
    continue;
  }
  failed += 1;
  const place = join(kept, `${name}-${number}`);
  mkdirSync(kept, { recursive: true });
  cpSync(folder, place, { recursive: true });
  console.log(
    `${name} ${number} (seed ${seed}): ${fault}\n  in ${place}: osm-ts ${input.args.join(' ')}\n  ${run.stderr.slice(0, 600)}`,
  );
  if (failed >= 20) break;
}
const now = memory();
if (baseline !== undefined && now !== undefined && now > baseline + GROWTH_MIB) {
  failed += 1;
  console.log(`memory grew from ${Math.round(baseline)} to ${Math.round(now)} MiB`);
}
server.close();
rmSync(folder, { recursive: true });
warmProcess()?.disconnect();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
