/**
 * What commands cost that a script calls in a loop, beside those of the mirrored program, which OSM_PROGRAM names (CONTRIBUTING.md says
 * how to build it), else beside `helm list`: helm is Go, cobra and client-go, too. Processor time of the client alone, as the shell
 * measures it; each round runs each program once, in turn. The aim: at most 1.5 times. docs/decisions/own-transport.md has the figures,
 * and what they rest on: the warm-up makes the code cache and leaves a TLS session. NODE_EXTRA_CA_CERTS is not passed on: with it Node.js 20 reads certificates at every start. Run it with
 * another `node` first in PATH to measure that one, with NODE_OPTIONS=--use-openssl-ca for the figures without Node's own authorities,
 * with OSM_TS_EXECUTABLE for a single executable. Needs KUBEBUILDER_ASSETS (CONTRIBUTING.md).
 */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startControlPlane, asAdmin } from '../integration/support/control-plane.js';
import { availableHelms } from '../integration/support/helms.js';
import { startKubelet } from '../integration/support/kubelet.js';
import { controlPlane } from '../mesh/support/cli.js';
import { ensureBuilt } from '../support/built.js';
import { executable } from '../support/run-cli.js';

const rounds = Number(process.env['ROUNDS'] ?? 15);

if (!process.env['KUBEBUILDER_ASSETS']) {
  console.log('not measured: KUBEBUILDER_ASSETS is not set');
  process.exit();
}
ensureBuilt();
const [helm] = availableHelms();
const control = await startControlPlane();
const file = (name: string, content: string): string => {
  const path = join(control.folder, name);
  writeFileSync(path, content);
  return path;
};
const authority = Buffer.from(control.authority.cert).toString('base64');
const cluster = { server: control.url, 'certificate-authority-data': authority };
const kubeconfig = file(
  'kubeconfig',
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    clusters: [{ name: 'x', cluster }],
    users: [{ name: 'x', user: { token: 'admin' } }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  }),
);
const home = join(control.folder, 'home');
mkdirSync(home);

const answers: Record<string, string> = {
  '/smi/version': JSON.stringify({ TrafficTarget: 'access.smi-spec.io/v1alpha3' }),
  '/health/alive': 'ok',
  '/healthz': 'ok',
};
const backend = createServer((request, response) => void response.end(answers[request.url ?? ''] ?? ''));
await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
const kubelet = await startKubelet(
  { control, file, kubeconfigFor: () => kubeconfig },
  {
    9091: (backend.address() as AddressInfo).port,
  },
);

async function createMesh(): Promise<void> {
  for (const name of ['osm-system', 'a']) await asAdmin(control, 'POST', '/api/v1/namespaces', { metadata: { name } });
  await asAdmin(control, 'POST', '/apis/apps/v1/namespaces/osm-system/deployments', controlPlane('osm', 'osm-system'));
  const pods = '/api/v1/namespaces/osm-system/pods';
  for (const app of ['osm-controller', 'osm-injector', 'osm-bootstrap']) {
    const name = `${app}-0`;
    const spec = { nodeName: kubelet.node, containers: [{ name: app, image: 'none' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app } }, spec };
    await asAdmin(control, 'POST', pods, pod);
    await kubelet.hears('osm-system', name, app);
    const conditions = [{ type: 'Ready', status: 'True' }];
    await asAdmin(control, 'PUT', `${pods}/${name}/status`, { ...pod, status: { phase: 'Running', conditions } });
  }
}

const helmProgram = helm && join(helm.folder, 'helm');
const osmProgram = process.env['OSM_PROGRAM'];
const single = process.env['OSM_TS_EXECUTABLE'];
const program = single === undefined ? [process.execPath, executable] : [single];
const commands = [
  'version --client-only',
  'namespace list',
  'namespace add a',
  'mesh list',
  'verify control-plane-health',
];
const programs = [
  ...(helmProgram === undefined
    ? []
    : [
        { name: `helm ${helm?.version} version`, words: [helmProgram, 'version'] },
        { name: `helm ${helm?.version} list`, words: [helmProgram, 'list', '-n', 'osm-system'] },
      ]),
  { name: 'node -e 0', words: [process.execPath, '-e', '0'] },
  ...commands.flatMap((command) => {
    const words = command.split(' ');
    return [
      ...(osmProgram === undefined ? [] : [{ name: `osm ${command}`, words: [osmProgram, ...words] }]),
      { name: `osm-ts ${command}`, words: [...program, ...words] },
    ];
  }),
].map((program) => ({ ...program, cpu: [] as number[] }));

/** Processor time of one run, in milliseconds. @throws Error when it fails */
async function run(words: readonly string[]): Promise<number> {
  const { PATH, NODE_OPTIONS = '' } = process.env;
  const env = { PATH, NODE_OPTIONS, HOME: home, KUBECONFIG: kubeconfig, TIMEFORMAT: '%3U %3S' };
  const script = 'time "$@" >/dev/null 2>&1';
  const { stderr } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words], { env });
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

try {
  await createMesh();
  // the first runs make the code cache, and leave a TLS session
  for (const { words } of programs) for (let warm = 0; warm < 3; warm++) await run(words);
  for (let round = 0; round < rounds; round++) for (const { words, cpu } of programs) cpu.push(await run(words));
} finally {
  await kubelet.stop();
  backend.close();
  await control.stop(false);
}

const figures = programs.map(({ name, cpu }) => {
  const sorted = [...cpu].sort((a, b) => a - b);
  return { name, least: sorted[0] ?? Number.NaN, quartile: sorted[sorted.length >> 2] ?? Number.NaN };
});
const helmList = figures.find(({ name }) => name.endsWith(' list') && name.startsWith('helm'));
console.log(`Node.js ${process.versions.node}; processor time in ms, ${rounds} rounds`);
console.log('                                         min      x  quartile      x');
for (const { name, least, quartile } of figures) {
  const base = figures.find((one) => one.name === name.replace(/^osm-ts/, 'osm') && /^osm /.test(one.name)) ?? helmList;
  const ratio = (value: number, by: number | undefined): string => (by ? (value / by).toFixed(2) : '-').padStart(8);
  const cells = [least.toFixed(0).padStart(6), ratio(least, base?.least), quartile.toFixed(0).padStart(10)];
  console.log(name.padEnd(38) + cells.join('') + ratio(quartile, base?.quartile));
}
