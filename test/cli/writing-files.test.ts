import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../support/built.js';
import { executable, packageRoot, runCli } from '../support/run-cli.js';

const words = ['egress', 'allow', 'https://example.com/', '--from', 'curl/curl', '-f', '.', '--write'];

function folder(): { at: string; file: string; names: string[] } {
  const at = mkdtempSync(join(tmpdir(), 'osm-ts-writing-'));
  cpSync(join(packageRoot, 'examples', 'https'), at, { recursive: true });
  return { at, file: join(at, 'egress.yaml'), names: readdirSync(at) };
}

describe('egress allow --write', () => {
  it('of a file that would be larger than the limit leaves it whole, and no draft of it', () => {
    ensureBuilt();
    const { at, file, names } = folder();
    writeFileSync(file, `${readFileSync(file, 'utf8')}# ${'x'.repeat(8192)}\n`);
    const before = readFileSync(file, 'utf8');
    const command = [process.execPath, executable, ...words].map((word) => `'${word}'`).join(' ');
    // in blocks of 512 bytes
    const run = spawnSync('sh', ['-c', `ulimit -f 10; exec ${command}`], {
      cwd: at,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    });
    assert.equal(run.status, 2, run.stderr);
    assert.match(run.stderr, /egress\.yaml: the file would be larger than it may be; nothing was written/);
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.deepEqual(readdirSync(at), names);
  });

  it('leaves a file to its owner', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    const { at, file } = folder();
    chownSync(file, 1234, 4321);
    const { code, stderr } = await runCli(words, { cwd: at });
    assert.equal(code, 0, stderr);
    const { uid, gid } = statSync(file);
    assert.deepEqual([uid, gid], [1234, 4321]);
    assert.match(readFileSync(file, 'utf8'), /example\.com/);
  });
});
