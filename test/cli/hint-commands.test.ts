import assert from 'node:assert/strict';

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { splitShellWords } from '../../src/lib/simulator/request/index.js';
import { runWarm, type Run } from '../support/run-cli.js';

/** A law: what an answer says to type is accepted for the very request that it is about, whatever its form. */

const policies = (spec: string): string =>
  `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: { name: a, namespace: curl }
spec:
  sources: [{ kind: ServiceAccount, name: curl, namespace: curl }]
${spec}`;
const everyPort = [21, 22, 25, 80, 443, 465, 636, 1433, 3306, 4222, 5432, 5671, 5672, 6379, 8080, 8443, 9092, 27017];
const ports = (protocol: string): string =>
  `  ports: [${everyPort.map((number) => `{ number: ${number}, protocol: ${protocol} }`).join(', ')}]\n`;

const worlds = {
  nothing: policies('  hosts: [other.example]\n  ports: [{ number: 4, protocol: https }]\n'),
  'two of three addresses': policies(`  ipAddresses: [192.0.2.0/24, 203.0.113.0/24]\n${ports('tcp')}`),
  'names of TLS': policies(`  hosts: [other.example]\n${ports('https')}`),
};

const HOST = 'db.example.com';
const forms = [
  `http://${HOST}/a`,
  `http://${HOST}:8080/a?b=c&d#e`,
  `https://${HOST}/`,
  `https://u:p@${HOST}:8443/`,
  `HTTPS://${HOST.toUpperCase()}./`,
  HOST,
  ...['tcp', 'tls', 'ssl', 'udp'].map((scheme) => `${scheme}://${HOST}:5432`),
  ...[
    'ws',
    'wss',
    'grpc',
    'grpcs',
    'ssh',
    'sftp',
    'ftp',
    'smtp',
    'smtps',
    'ldap',
    'ldaps',
    'amqp',
    'amqps',
    'telnet',
  ].map((scheme) => `${scheme}://${HOST}/`),
  ...['postgres', 'mysql', 'redis', 'rediss', 'mongodb', 'mongodb+srv', 'kafka', 'nats', 'sqlserver'].map(
    (scheme) => `${scheme}://${HOST}/x`,
  ),
  `jdbc:postgresql://${HOST}/x`,
  ...[
    `curl -sS https://${HOST}/`,
    `curl -H 'a: b c' -X POST http://${HOST}/`,
    `curl -x http://proxy.example:8080 https://${HOST}/`,
    `wget -q https://${HOST}/`,
    `nc -zv ${HOST} 5432`,
    `openssl s_client -connect ${HOST}:443`,
    `psql -h ${HOST}`,
    `mysql -h ${HOST}`,
    `redis-cli -h ${HOST}`,
    `mongosh mongodb://${HOST}/`,
    `grpcurl ${HOST}:443 a.B/C`,
    `ssh me@${HOST}`,
    `sh -c 'curl http://${HOST}/'`,
    `env https_proxy=http://proxy.example:8080 curl https://${HOST}/`,
    `kubectl exec x -n curl -- curl https://${HOST}/`,
  ].flatMap((line) => [`'${line.replaceAll("'", String.raw`'\''`)}'`, `-- ${line}`]),
];

const quoted = (form: string): string => (/^(?:'|-- )/.test(form) ? form : `'${form}'`);
const commandLine = (form: string, more = ''): string =>
  form.startsWith('-- ')
    ? `osm-ts egress explain --from curl/curl -f in.yaml ${more} ${form}`
    : `osm-ts egress explain --from curl/curl -f in.yaml ${more} ${quoted(form)}`;

/** The field of the answer, its lines joined. */
function fieldOf(stdout: string, label: string): string | undefined {
  const match = new RegExp(`^  ${label} +(.*(?:\\n {16}.*)*)`, 'm').exec(stdout);
  return match?.[1]!.replaceAll(/\n {16}/g, ' ');
}

/** Runs what is typed, without a shell: nothing in it needs one but quotes. */
const type = (line: string, cwd: string): Promise<Run> => runWarm(splitShellWords(line).slice(1), { cwd });

function assertAccepted({ code, stderr }: Run, command: string): void {
  assert.ok(code !== null && [0, 1, 4].includes(code), `${command}\n${code} ${stderr}`);
}

describe('commands in hints', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'osm-ts-hints-'));
    for (const [name, text] of Object.entries(worlds)) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'in.yaml'), text);
    }
  });
  after(() => rmSync(root, { recursive: true }));

  const seen = { address: 0, fix: 0 };
  for (const name of Object.keys(worlds)) {
    for (const form of forms) {
      it(`${form}, with ${name}`, async () => {
        const cwd = join(root, name);
        const first = await type(commandLine(form), cwd);
        assertAccepted(first, form);
        const address = /--resolve (\S+):ADDRESS/.exec(fieldOf(first.stdout, 'to know') ?? '')?.[1];
        if (address !== undefined) {
          seen.address += 1;
          const again = commandLine(form, `--resolve '${address}:192.0.2.7'`);
          const told = await type(again, cwd);
          assertAccepted(told, again);
          assert.equal(fieldOf(told.stdout, 'to know'), undefined, told.stdout);
        }
        const fix = fieldOf(first.stdout, 'to allow it');
        if (fix === undefined) return;
        seen.fix += 1;
        assert.equal(splitShellWords(fix)[0], 'osm-ts');
        const run = await type(fix, cwd);
        assertAccepted(run, fix);
        assert.match(run.stdout, /^TO ALLOW/, fix);
      });
    }
  }

  it('were there', () => assert.ok(seen.address > 10 && seen.fix > 50, JSON.stringify(seen)));
});
