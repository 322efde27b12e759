import assert from 'node:assert/strict';

import { readManifest } from '../../scripts/build/manifest.js';
import type { Manifest } from '../../src/lib/cli/prepared-plugin.js';
import { allRuns } from '../conformance/osm/runs.js';
import { mirrorRows, type MirrorRow } from './support/osm-table.js';

/** Every command of osm v1.2.4, and of its archived main branch (osm-cli §1.1, §16). */
const commands = [
  ...['completion', 'dashboard', 'env', 'help', 'install', 'mesh', 'mesh list', 'mesh upgrade', 'metrics enable'],
  ...['metrics disable', 'namespace', 'namespace add', 'namespace ignore', 'namespace list', 'namespace remove'],
  ...['policy check-conflicts', 'policy check-pods', 'proxy get', 'proxy set', 'support error-info'],
  ...[
    'support bug-report',
    'uninstall',
    'uninstall mesh',
    'verify connectivity',
    'verify control-plane-health',
    'verify ingress',
  ],
  ...['verify', 'version', 'alpha certificate rotate', 'metrics', 'policy', 'proxy', 'support'],
];

/** The flags of those that are mirrored. */
const flags = [
  ...[
    'completion --no-descriptions',
    'mesh list --local-port',
    'metrics enable --namespace',
    'metrics disable --namespace',
  ],
  ...['namespace add --mesh-name', 'namespace add --disable-sidecar-injection', 'namespace list --mesh-name'],
  ...['namespace remove --mesh-name', 'policy check-conflicts --namespaces', 'proxy get --namespace'],
  ...['proxy get --file', 'proxy get --local-port', 'proxy set --namespace', 'proxy set --file'],
  ...['install --osm-chart-path', 'install --mesh-name', 'install --enforce-single-mesh', 'install --timeout'],
  ...['install --set', 'install --atomic', 'mesh upgrade --mesh-name', 'mesh upgrade --osm-chart-path'],
  ...['mesh upgrade --set', 'uninstall mesh --mesh-name', 'uninstall mesh --force', 'uninstall mesh --local-port'],
  ...['uninstall mesh --delete-cluster-wide-resources', 'uninstall mesh --delete-namespace'],
  ...[
    'uninstall mesh --ca-bundle-secret-name',
    'proxy set --local-port',
    'version --client-only',
    'version --version-only',
  ],
  ...['from-pod', 'to-pod', 'to-service', 'to-ext-port', 'to-ext-host', 'app-protocol', 'mesh-name'].map(
    (flag) => `verify connectivity --${flag}`,
  ),
  ...['from-service', 'to-pod', 'to-service', 'ingress-backend', 'to-port', 'app-protocol', 'mesh-name'].map(
    (flag) => `verify ingress --${flag}`,
  ),
  ...['mesh-name', 'trust-domain', 'accept', 'delete', 'wait', 'file', 'meshrootcertificate'].map(
    (flag) => `alpha certificate rotate --${flag}`,
  ),
];

describe('docs/osm.md', () => {
  const rows = mirrorRows();
  let manifest: Manifest;

  before(async () => {
    manifest = await readManifest();
  });

  const isCommand = ({ thing }: MirrorRow): boolean => commands.includes(thing);
  const isFlag = ({ thing }: MirrorRow): boolean => /^[a-z -]+ --[a-z-]+$/.test(thing);
  const isThere = (words: string): boolean => {
    const id = words.replaceAll(' ', ':');
    return Object.keys(manifest.commands).some((known) => known === id || known.startsWith(`${id}:`));
  };

  it('has one row for every command and flag', () => {
    const things = rows.map(({ thing }) => thing);
    assert.deepEqual([...new Set(things)], things);
    for (const thing of [...commands, ...flags]) assert.ok(things.includes(thing), thing);
  });

  it('says how what is not the same is different', () => {
    for (const { thing, status, how, runs } of rows) {
      assert.match(status, /^(?:same|better|left out)$/, thing);
      if (status !== 'same') assert.notEqual(how, '', thing);
      if (status === 'same') assert.deepEqual(runs, [], thing);
    }
  });

  it('says of commands and flags what is true', () => {
    for (const row of rows.filter(isCommand)) {
      assert.equal(isThere(row.thing), row.status === 'same' || row.status === 'better', row.thing);
    }
    for (const row of rows.filter(isFlag)) {
      const [command = '', flag = ''] = row.thing.split(' --');
      const known = manifest.commands[command.replaceAll(' ', ':')]?.flags ?? {};
      assert.equal(Object.hasOwn(known, flag), row.status === 'same' || row.status === 'better', row.thing);
    }
  });

  it('names lines that osm prints', () => {
    const lines = allRuns.flatMap(({ stdout }) => stdout.split('\n').map((line) => line.trim()));
    for (const { thing } of rows.filter((row) => !isCommand(row) && !isFlag(row))) {
      const pattern = thing.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replace(/‹[^›]*›/g, '.+');
      assert.ok(
        lines.some((line) => new RegExp(`^${pattern}$`).test(line)),
        thing,
      );
    }
  });

  it('names recorded runs, each once', () => {
    const named = rows.flatMap(({ runs }) => runs);
    const known = allRuns.map(({ topic, name }) => `${topic}/${name}`);
    assert.deepEqual([...new Set(named)], named);
    assert.deepEqual(
      named.filter((run) => !known.includes(run)),
      [],
    );
  });
});
