import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCli, runWarm } from '../support/run-cli.js';

const head = 'apiVersion: v1\nkind: Config\n';

/** What is wrong with a kubeconfig → the message, after the file's name. */
const mistakes: readonly (readonly [text: string, message: string])[] = [
  ['clusters: 5\n', ':3:1: kubeconfig: clusters must be a list, not a number'],
  ['clusters: []\nusers: x\n', ':4:1: kubeconfig: users must be a list, not a string'],
  ['clusters:\n  - name: 1\n', ':4:5: kubeconfig: clusters[0].name must be a string, not a number'],
  [
    'contexts:\n  - name: a\n    context: b\n',
    ':5:5: kubeconfig: contexts[0].context must be a map of fields, not a string',
  ],
];

describe('a kubeconfig that makes no sense', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'osm-ts-kubeconfig-'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [text, message] of mistakes) {
    it(`says where: ${message}`, async () => {
      const file = join(folder, 'config');
      writeFileSync(file, head + text);
      for (const run of [runCli, runWarm]) {
        const { code, stdout, stderr } = await run(['namespace', 'list'], { env: { KUBECONFIG: file } });
        assert.deepEqual([code, stdout, stderr.split('\n')[0]], [2, '', `error: ${file}${message}`]);
      }
    });
  }
});
