import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { kinds } from '../../src/lib/resources/kinds.js';
import type { Cluster } from '../../src/lib/cluster/types.js';
import { packageRoot } from '../../scripts/build/package.js';
import { sourcePlugin } from '../../scripts/build/source-commands.js';
import { cliFor, controlPlane } from '../mesh/support/cli.js';
import type { Cli } from '../mesh/support/cli.js';
import { installed } from '../mesh/support/meshconfig.js';
import { integration } from './support/api-server.js';

/** The words of a simple command line: quotes as in a shell, nothing else. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands of a page's console blocks, with what the page says they print. */
function consoleExamples(page: string): Shown[] {
  const text = readFileSync(join(packageRoot, 'docs', page), 'utf8');
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ osm-ts /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.trimEnd().split('\n');
        return { command, output };
      }),
  );
}

integration('examples of the namespace and meshconfig commands', (server) => {
  let admin: Cluster;
  let cli: Cli;
  const namespaces = ['bookstore', 'bookbuyer', 'legacy', 'web', 'monitoring'];

  before(async () => {
    admin = await server.connect('admin');
    cli = cliFor(server);
    for (const name of [...namespaces, 'osm-system']) {
      await server.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    }
    for (const mesh of ['osm', 'staging']) await server.apply(JSON.stringify(controlPlane(mesh, 'osm-system')));
    for (const index of [1, 2]) {
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'bookstore-5f', uid: 'u', controller: true };
      const labels = { 'pod-template-hash': '5f' };
      const metadata = { name: `bookstore-${index}`, namespace: 'bookstore', labels, ownerReferences: [owner] };
      const spec = { containers: [{ name: 'app', image: 'example/app' }] };
      await server.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));
    }
  });

  beforeEach(async () => {
    const { spec, ...config } = installed('osm-system');
    const traffic = { ...spec?.traffic, enableEgress: false };
    await server.apply(JSON.stringify({ ...config, spec: { ...spec, traffic } }));
  });

  after(async () => {
    await admin.delete({ kind: kinds.MeshConfig, name: 'osm-mesh-config', namespace: 'osm-system' });
    for (const mesh of ['osm', 'staging']) {
      await admin.delete({ kind: kinds.Deployment, name: `osm-controller-${mesh}`, namespace: 'osm-system' });
    }
  });

  for (const page of ['namespace.md', 'meshconfig.md']) {
    it(`in docs/${page} print what the page says`, async () => {
      const examples = consoleExamples(page);
      assert.ok(examples.length > 1);
      for (const { command, output } of examples) {
        const lines = output.filter((line) => line !== '');
        const run = await cli(...words(command));
        assert.equal(run.code, 0, command);
        const isNote = (line: string): boolean => line.startsWith('note: ');
        assert.deepEqual(run.stderr.split('\n').slice(0, -1), lines.filter(isNote), command);
        const shown = run.stdout.split('\n').slice(0, -1);
        const mine = command.startsWith('namespace list')
          ? shown.filter((line) => /^(NAMESPACE|book)/.test(line))
          : shown;
        assert.deepEqual(
          mine.map((line) => line.replace(/ {2,}/g, '  ')),
          lines.filter((line) => !isNote(line)).map((line) => line.replace(/ {2,}/g, '  ')),
          command,
        );
      }
    });
  }

  it('in the help texts work', async () => {
    const { commands } = await sourcePlugin({ lenient: true });
    const mine = commands.filter(({ id }) => /^(namespace|meshconfig):/.test(id));
    assert.equal(mine.length, 11);
    for (const { id, examples } of mine) {
      assert.ok(examples?.length, `${id} has examples`);
      for (const example of examples) {
        assert.ok(typeof example === 'string');
        const run = await cli(...words(example.replace('<%= config.bin %> ', '')));
        assert.equal(run.code, 0, `${example}\n${run.stderr}`);
      }
    }
  });
});
