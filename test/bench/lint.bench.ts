/** egress lint of 5,000 documents, as a command, with and without the rules that look at all requests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../scripts/build/package.js';

const ACCOUNTS = 50;
const POLICIES = 4500;
const GROUPS = 500;

function policy(index: number): object {
  const hosts = [`host-${index}.example.com`, `api-${index}.example.org`];
  const shapes = [
    { hosts, ports: [{ number: 80, protocol: 'http' }], matches: [reference(index % GROUPS)] },
    { hosts, ports: [{ number: 443, protocol: 'https' }] },
    { hosts, ports: [{ number: 8080, protocol: 'http' }] },
    {
      ipAddresses: [`10.${(index >> 8) & 255}.${index & 255}.0/24`],
      ports: [{ number: 5432, protocol: 'tcp-server-first' }],
    },
  ];
  const sources = [{ kind: 'ServiceAccount', name: `account-${index % ACCOUNTS}`, namespace: 'apps' }];
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: `policy-${index}`, namespace: 'apps' },
    spec: { sources, ...shapes[Math.floor(index / ACCOUNTS) % shapes.length] },
  };
}

const reference = (index: number) => ({
  apiGroup: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  name: `group-${index}`,
});

function group(index: number): object {
  const matches = ['/healthz', `/api/v${index}/.*`, '/static/.*\\.(css|js)'].map((pathRegex, at) => ({
    name: `match-${at}`,
    pathRegex,
    methods: ['GET', 'POST'],
  }));
  const metadata = { name: `group-${index}`, namespace: 'apps' };
  return { apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', metadata, spec: { matches } };
}

/** YAML is a superset of JSON, but is read by the reader of YAML only when it does not look like JSON. */
function yaml(value: unknown, indent = ''): string {
  if (Array.isArray(value))
    return value.map((item) => `\n${indent}- ${yaml(item, `${indent}  `).trimStart()}`).join('');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, item]) => {
      const text = yaml(item, typeof item === 'object' && !Array.isArray(item) ? `${indent}  ` : indent);
      return `\n${indent}${key}:${text.startsWith('\n') ? text : ` ${text}`}`;
    })
    .join('');
}

/** The command tells itself what it cost: other programs on the machine do not count. */
const METER = `process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error('cpu ' + ((user + system) / 1e6).toFixed(2)); })`;

const folder = mkdtempSync(join(tmpdir(), 'osm-ts-bench-'));
try {
  const documents = [
    ...Array.from({ length: GROUPS }, (_, index) => group(index)),
    ...Array.from({ length: POLICIES }, (_, index) => policy(index)),
  ];
  writeFileSync(join(folder, 'all.yaml'), documents.map((one) => `---${yaml(one)}\n`).join(''));
  for (const [what, aim, flags] of [
    ['without the exact rules', 2, ['--quick']],
    ['with them', 10, []],
  ] as const) {
    const begin = process.hrtime.bigint();
    const words = ['--import', `data:text/javascript,${encodeURIComponent(METER)}`, `${packageRoot}bin/run.js`];
    const { stdout, stderr } = spawnSync(process.execPath, [...words, 'egress', 'lint', '-f', folder, ...flags], {
      encoding: 'utf8',
    });
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const [, cpu = '?'] = /^cpu ([\d.]+)$/m.exec(stderr) ?? [];
    const told = stderr.replace(/^cpu .*$/m, '').trim();
    console.log(
      `lint of ${documents.length} documents ${what}: ${cpu} s of CPU (aim: ${aim} s), ${seconds.toFixed(2)} s; ${told}`,
    );
    if (stdout !== '') console.log(`${stdout.split('\n').slice(0, 3).join('\n')}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
