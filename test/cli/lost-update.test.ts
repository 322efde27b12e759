import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot, runCli } from '../support/run-cli.js';

describe('several egress allow --write on one file', () => {
  it('lose no change that one of them said was made', async () => {
    const at = mkdtempSync(join(tmpdir(), 'osm-ts-lost-'));
    try {
      cpSync(join(packageRoot, 'examples', 'https'), at, { recursive: true });
      const hosts = ['one.example', 'two.example', 'three.example', 'four.example'];
      const runs = await Promise.all(
        hosts.map((host) =>
          runCli(['egress', 'allow', `https://${host}`, '--from', 'curl/curl', '-f', '.', '--write'], { cwd: at }),
        ),
      );
      const text = readdirSync(at)
        .map((name) => readFileSync(join(at, name), 'utf8'))
        .join('');
      runs.forEach(({ code, stderr }, index) => {
        assert.equal(text.includes(hosts[index]!), code === 0, hosts[index]);
        if (code === 0) return;
        assert.equal(code, 2, stderr);
        assert.match(stderr, /nothing was written/);
      });
      assert.ok(runs.some(({ code }) => code === 0));
      assert.deepEqual(
        readdirSync(at).filter((name) => name.startsWith('.')),
        [],
      );
    } finally {
      rmSync(at, { recursive: true });
    }
  });
});
