import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { it } from 'mocha';
import { kinds } from '../../src/lib/resources/kinds.js';
import { integration } from './support/api-server.js';

integration('the test server', (server) => {
  it("serves OSM's kinds to its admin, and refuses nobody", async () => {
    const admin = await server.connect('admin');
    const namespace = await server.freshNamespace();
    assert.deepEqual(await admin.list(kinds.Egress, { namespace }), []);
    const nobody = await server.connect('nobody');
    await assert.rejects(nobody.list(kinds.Egress), { status: 403 });
  });

  it('makes users with exactly the rights that they get', async () => {
    const namespace = await server.freshNamespace();
    const rule = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };
    const user = await server.connect(await server.createUser('limited', { namespaces: { [namespace]: [rule] } }));
    assert.deepEqual(await user.list(kinds.Pod, { namespace }), []);
    await assert.rejects(user.list(kinds.Pod), { status: 403 });
    await assert.rejects(user.list(kinds.Service, { namespace }), { status: 403 });
  });

  it('ends with its process, even when that is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-guard-'));
    const script = fileURLToPath(new URL('support/start-guarded.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import=tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) =>
      child.stdout.once('data', (text: Buffer) => resolve(Number(text))),
    );
    const isAlive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    assert(isAlive() && existsSync(folder));
    child.kill('SIGKILL');
    for (let i = 0; i < 100 && (isAlive() || existsSync(folder)); i++) await sleep(50);
    assert(!isAlive() && !existsSync(folder));
  });
});
