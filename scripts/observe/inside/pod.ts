/**
 * The client's pod: first process in network, process and mount namespaces of its own, so that nothing of it is left when it
 * ends, however it ends. Told an experiment, sets up interception and a fresh Envoy, lets the clients run, and says what they saw.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  ACCESS_LOG_FILE,
  BOOTSTRAP_FILE,
  ENVOY_DNS_PORT,
  isRoutesFile,
  NO_RESOURCES,
  type EnvoyFiles,
} from '../envoy-files.js';
import type { Experiment } from '../experiment.js';
import { PROXY_USER } from '../../../src/lib/simulator/interception.js';
import { NO_RULES } from '../iptables.js';
import type { Observation, Sighting } from '../sighting.js';
import { proxyState, untilIdle, untilMore, untilReady, updateAttempts } from './admin.js';
import { observeCurl, observeTcp } from './clients.js';
import type { OutsideMessage, OutsideReply, PodMessage, PodReply } from './messages.js';
import { NameServer } from './name-server.js';
import { finish, run } from './run.js';

const folder = process.argv[2]!;
const envoy = join(folder, 'envoy');
const proxyFolder = join(folder, 'proxy');
const clientFolder = join(folder, 'client');
const POD_MAC = '02:00:00:00:00:01';
const OUTSIDE_MAC = '02:00:00:00:00:02';
const GATEWAY = '169.254.1.1';

/** Until what Envoy logged is in its file. */
const LOG_MILLISECONDS = 100;
/** What Envoy says of a table of routes that breaks the rules of its message, and of nothing else. */
const UNDECODABLE_ROUTES = /: Proto constraint validation failed \(RouteConfigurationValidationError/;

const names = { client: new NameServer(), envoy: new NameServer() };
let outside: ChildProcess;
let podAddress = '';

async function setUp(): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'osm-ts-observe', folder]);
  writeFileSync(envoy, '');
  await run('mount', ['--bind', process.argv[3]!, envoy]);
  for (const [name, text] of [
    ['resolv.conf', 'nameserver 127.0.0.1\noptions timeout:2 attempts:2 ndots:1\n'],
    ['hosts', '127.0.0.1 localhost\n'],
    ['nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'],
  ] as const) {
    writeFileSync(join(folder, name), text);
    await run('mount', ['--bind', join(folder, name), `/etc/${name}`]);
  }
  mkdirSync(clientFolder);
  chmodSync(clientFolder, 0o777);

  const program = [process.execPath, ...process.execArgv, join(dirname(fileURLToPath(import.meta.url)), 'outside.ts')];
  outside = spawn('unshare', ['--net', ...program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  outside.once('exit', () => process.exit(1));
  await answerOf(outside);
  const pid = String(outside.pid);
  const inOutside = (words: string) => run('nsenter', ['--net', '--target', pid, ...words.split(' ')]);
  const here = (words: string) => run(words.split(' ')[0]!, words.split(' ').slice(1));
  await here(`ip link add name eth0 address ${POD_MAC} type veth peer name pod netns ${pid} address ${OUTSIDE_MAC}`);
  await here('ip link set lo up');
  await here('ip link set eth0 up');
  await inOutside('ip link set lo up');
  await inOutside('ip link set pod up');
  // every address there is belongs to the servers, but for the pod's own
  for (const [family, everything, pod, gateway] of [
    ['-4', '0.0.0.0/0', '', GATEWAY],
    ['-6', '::/0', 'fd00:6f73:6d::2', 'fe80::1'],
  ] as const) {
    if (pod) await here(`ip ${family} address add ${pod}/128 dev eth0 nodad`);
    await here(`ip ${family} neighbour replace ${gateway} lladdr ${OUTSIDE_MAC} dev eth0 nud permanent`);
    await here(`ip ${family} route add default via ${gateway} dev eth0 onlink`);
    if (pod) await inOutside(`ip ${family} route add ${pod}/128 dev pod table local`);
    if (pod) await inOutside(`ip ${family} neighbour replace ${pod} lladdr ${POD_MAC} dev pod nud permanent`);
    await inOutside(`ip ${family} route add local ${everything} dev lo`);
  }
  await names.client.listen('127.0.0.1', 53);
  await names.envoy.listen('127.0.0.1', ENVOY_DNS_PORT);
}

function answerOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', (reply: OutsideReply) => {
      if ('failed' in reply) reject(new Error(reply.failed));
      else resolve();
    });
  });
}

async function tellOutside(message: OutsideMessage): Promise<void> {
  const answered = answerOf(outside);
  outside.send(message);
  await answered;
}

async function moveTo(address: string): Promise<void> {
  if (address === podAddress) return;
  await tellOutside({ route: address });
  await run('ip', ['-4', 'address', 'add', `${address}/32`, 'dev', 'eth0']);
  if (podAddress) await run('ip', ['-4', 'address', 'del', `${podAddress}/32`, 'dev', 'eth0']);
  await run('ip', ['-4', 'route', 'replace', 'default', 'via', GATEWAY, 'dev', 'eth0', 'onlink', 'src', address]);
  podAddress = address;
}

async function observe(experiment: Experiment): Promise<Observation> {
  await moveTo(experiment.podAddress);
  await tellOutside({ ports: experiment.ports });
  names.client.zone = experiment.zones.client;
  names.envoy.zone = experiment.zones.envoy;
  const loaded = await finish('iptables-restore', [], {}, experiment.iptables ?? NO_RULES);
  if (loaded.code !== 0) {
    const proxy = { listener: 'absent', routes: 'accepted', clusters: 'accepted', reasons: [] } as const;
    return { broken: loaded.stderr.trim(), proxy, sightings: [] };
  }
  const first = await observeProxy(experiment);
  if (first !== 'undecodable') return first;
  // such an update is refused whole, and leaves what was there
  const files = Object.entries(experiment.files).map(([name, text]) => [
    name,
    isRoutesFile(name) ? (experiment.filesBefore?.[name] ?? NO_RESOURCES) : text,
  ]);
  const without = await observeProxy({ ...experiment, files: Object.fromEntries(files) as Experiment['files'] });
  if (without === 'undecodable') throw new Error('Envoy cannot decode nothing');
  // without a listener it would not have asked for tables
  const routes = without.proxy.listener === 'programmed' ? 'refused' : 'accepted';
  return { ...without, proxy: { ...without.proxy, routes } };
}

/** @returns what a fresh Envoy does; `undecodable` when it cannot read one of the tables of routes, whether it is used or not */
async function observeProxy(experiment: Experiment): Promise<Observation | 'undecodable'> {
  rmSync(proxyFolder, { recursive: true, force: true });
  mkdirSync(proxyFolder);
  const atStart = experiment.filesBefore ?? experiment.files;
  for (const [name, text] of Object.entries(atStart)) writeFileSync(join(proxyFolder, name), text);
  chownSync(proxyFolder, PROXY_USER, PROXY_USER);
  const words = [
    '--config-path',
    BOOTSTRAP_FILE,
    '--concurrency',
    '1',
    '--disable-hot-restart',
    '--log-level',
    'warning',
  ];
  const proxy = spawn(envoy, [...words, '--file-flush-interval-msec', '20', '--log-path', 'envoy.log'], {
    cwd: proxyFolder,
    uid: PROXY_USER,
    gid: PROXY_USER,
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => proxy.once('exit', () => resolve()));
  const log = () => readFileSync(join(proxyFolder, 'envoy.log'), 'utf8');
  const stop = async (): Promise<void> => {
    proxy.kill();
    const kill = setTimeout(() => proxy.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(kill);
  };
  try {
    await untilReady(ended, log);
    if (experiment.filesBefore) await update(experiment.filesBefore, experiment.files);
    const { anyTableRefused, ...state } = await proxyState();
    if (anyTableRefused) {
      await sleep(LOG_MILLISECONDS);
      if (UNDECODABLE_ROUTES.test(log())) return 'undecodable';
    }
    const sightings = experiment.inTurn
      ? await observeInTurn(experiment)
      : await Promise.all(experiment.probes.map((probe) => observeProbe(probe, experiment)));
    await stop();
    const clusters = clustersByPort();
    return { broken: null, proxy: state, sightings: sightings.map((seen) => withCluster(seen, clusters)) };
  } finally {
    await stop();
  }
}

/** The order in which a control plane sends updates. */
const ORDER = ['cds', 'lds', 'rds'] as const;

/** Gives a running proxy other files, each in one step, and waits until it has made up its mind about them. */
async function update(before: EnvoyFiles, files: EnvoyFiles): Promise<void> {
  const changed = Object.keys(files).filter((name) => name !== BOOTSTRAP_FILE && files[name] !== before[name]);
  for (const name of changed.filter((one) => before[one] === undefined)) replace(name, files[name]!);
  for (const kind of ORDER) {
    for (const name of changed.filter((one) => one.startsWith(kind) && before[one] !== undefined)) {
      const attempts = await updateAttempts(kind);
      replace(name, files[name]!);
      await untilMore(kind, attempts);
    }
  }
}

/** Envoy notices a file that is moved to where another one was. */
function replace(name: string, text: string): void {
  const draft = join(folder, 'draft');
  writeFileSync(draft, text);
  chownSync(draft, PROXY_USER, PROXY_USER);
  renameSync(draft, join(proxyFolder, name));
}

type Seen = Omit<Sighting, 'cluster'> & { readonly clientPort: number };

function observeProbe(probe: Experiment['probes'][number], experiment: Experiment): Promise<Seen> {
  return probe.kind === 'curl'
    ? observeCurl(probe.words, clientFolder, experiment.clientUser, experiment.detectionTimeoutSeconds)
    : observeTcp(probe, experiment.zones.client, experiment.detectionTimeoutSeconds);
}

async function observeInTurn(experiment: Experiment): Promise<Seen[]> {
  const sightings: Seen[] = [];
  for (const probe of experiment.probes) {
    sightings.push(await observeProbe(probe, experiment));
    await untilIdle();
  }
  return sightings;
}

function clustersByPort(): Map<number, string> {
  const clusters = new Map<number, string>();
  let log = '';
  try {
    log = readFileSync(join(proxyFolder, ACCESS_LOG_FILE), 'utf8');
  } catch {
    // without a listener nothing is logged
  }
  for (const line of log.split('\n')) {
    const [port, cluster] = line.split(' ');
    if (cluster !== undefined && cluster !== '-') clusters.set(Number(port), cluster);
  }
  return clusters;
}

function withCluster({ clientPort, ...seen }: Seen, clusters: ReadonlyMap<number, string>): Sighting {
  return { ...seen, cluster: clusters.get(clientPort) ?? null };
}

/** To nobody, when the other side has just ended. */
const reply = (message: PodReply) => process.send!(message, () => undefined);

process.on('message', ({ experiment }: PodMessage) => {
  observe(experiment).then(
    (observation) => reply({ observation }),
    (error: unknown) => reply({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
setUp().then(
  () => reply({ ready: true }),
  (error: unknown) => reply({ failed: String(error) }),
);
