import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { sourcePlugin } from '../../scripts/build/source-commands.js';
import { environment, executable, runCli } from '../support/run-cli.js';
import { integration } from './support/api-server.js';
import { asAdmin } from './support/control-plane.js';
import { startKubelet, type Kubelet } from './support/kubelet.js';
import { wipe } from './support/wipe.js';

integration('dashboard', (server) => {
  let kubelet: Kubelet;
  let grafana: Server;
  let kubeconfig: string;
  const started: ChildProcess[] = [];

  async function pod(name: string): Promise<void> {
    const path = '/api/v1/namespaces/osm-system/pods';
    const spec = { nodeName: kubelet.node, containers: [{ name: 'grafana', image: 'none' }] };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'osm-grafana' } }, spec };
    await asAdmin(server.control, 'POST', path, body);
    await kubelet.hears('osm-system', name, 'grafana');
    await asAdmin(server.control, 'PUT', `${path}/${name}/status`, { ...body, status: { phase: 'Running' } });
  }

  before(async function () {
    this.timeout(60_000);
    await wipe(server, await server.connect('admin'));
    kubeconfig = server.kubeconfigFor('admin');
    grafana = createServer((request, response) => void response.end(`grafana ${request.url}`));
    await new Promise<void>((resolve) => grafana.listen(0, '127.0.0.1', resolve));
    kubelet = await startKubelet(server, { 3000: (grafana.address() as AddressInfo).port });
    await asAdmin(server.control, 'POST', '/api/v1/namespaces', { metadata: { name: 'osm-system' } });
  });
  after(async () => {
    for (const child of started) child.kill('SIGKILL');
    grafana?.closeAllConnections();
    grafana?.close();
    await kubelet?.stop();
    await wipe(server, await server.connect('admin'));
  });

  /** Starts it, and waits until it says where it is. */
  async function start(words: readonly string[], env: Record<string, string> = {}) {
    const all = [executable, 'dashboard', ...words];
    const child = spawn(process.execPath, all, { env: environment({ KUBECONFIG: kubeconfig, ...env }), stdio: 'pipe' });
    started.push(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        const [, found] = /the dashboard is at (http:\/\/localhost:\d+)/.exec(stderr) ?? [];
        if (found !== undefined) resolve(found);
      });
      void ended.then(() => reject(new Error(stderr)));
    });
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal);
      return { code: await ended, stdout, stderr };
    };
    return { url, end };
  }
  const ask = async (url: string): Promise<string> => (await fetch(url)).text();

  it('says what is missing', async () => {
    const run = (...words: string[]) => runCli(['dashboard', ...words], { env: { KUBECONFIG: kubeconfig } });
    const first = await run();
    assert.deepEqual([first.code, first.stdout], [3, '[+] Starting Dashboard forwarding\n']);
    assert.match(first.stderr, /^error: Failed to get OSM Grafana service data: services "osm-grafana" not found$/m);
    assert.match(
      first.stderr,
      /hint: name the namespace of the control plane with --osm-namespace, if it is not \[osm-system\]$/m,
    );
    const spec = { ports: [{ port: 3000 }] };
    const path = '/api/v1/namespaces/osm-system/services';
    await asAdmin(server.control, 'POST', path, { metadata: { name: 'osm-grafana' }, spec });
    assert.match((await run()).stderr, /Service osm-grafana in namespace osm-system selects no pods/);
    await asAdmin(server.control, 'DELETE', `${path}/osm-grafana`);
    await asAdmin(server.control, 'POST', path, {
      metadata: { name: 'osm-grafana' },
      spec: { ...spec, selector: { app: 'osm-grafana' } },
    });
    assert.match((await run()).stderr, /^error: No running Grafana pod available$/m);
    await pod('grafana-0');
    const closed = await run('-r', '3999');
    assert.deepEqual([closed.code, /error: Port forwarding failed: /.test(closed.stderr)], [3, true], closed.stderr);
  });

  it('leads to Grafana until it is ended, also when its pod is replaced', async function () {
    this.timeout(30_000);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { url, end } = await start(['-p', '0']);
      assert.equal(await ask(`${url}/d/x`), 'grafana /d/x');
      if (signal === 'SIGTERM') {
        await pod('grafana-1');
        await asAdmin(server.control, 'DELETE', '/api/v1/namespaces/osm-system/pods/grafana-0?gracePeriodSeconds=0');
        assert.equal(await ask(`${url}/after`), 'grafana /after');
      }
      const { code, stdout } = await end(signal);
      assert.deepEqual([code, stdout], [0, '[+] Starting Dashboard forwarding\n']);
      await assert.rejects(ask(url));
    }
  });

  it('leads there again once the kubelet that was away is back', async function () {
    this.timeout(60_000);
    const { url, end } = await start(['-p', '0']);
    assert.equal(await ask(url), 'grafana /');
    await kubelet.stop();
    await assert.rejects(ask(url));
    kubelet.start();
    await kubelet.hears('osm-system', 'grafana-1', 'grafana');
    assert.equal(await ask(`${url}/again`), 'grafana /again');
    const { code, stderr } = await end('SIGINT');
    assert.equal(code, 0);
    assert.match(stderr, /^warning: the API server .* closed the connection in the middle of the stream$/m);
  });

  it('takes another port where the usual one is taken, but not the place of one that is named', async function () {
    this.timeout(30_000);
    const other = createTcpServer();
    const usual = await new Promise<boolean>((resolve) => {
      other.on('error', () => resolve(false));
      other.listen(3000, '127.0.0.1', () => resolve(true));
    });
    const { url, end } = await start([]);
    assert.notEqual(url, 'http://localhost:3000', `another program has the port: ${!usual}`);
    assert.equal(await ask(url), 'grafana /');
    const named = await runCli(['dashboard', '-p', '3000'], { env: { KUBECONFIG: kubeconfig } });
    assert.deepEqual([named.code, /the local port 3000 is in use/.test(named.stderr)], [2, true], named.stderr);
    await end('SIGINT');
    other.close();
  });

  it('works as the examples of its help say', async function () {
    this.timeout(30_000);
    const { commands } = await sourcePlugin({ lenient: true });
    const { examples = [] } = commands.find(({ id }) => id === 'dashboard')!;
    for (const example of examples) {
      assert.ok(typeof example === 'string');
      const words = example.replace('<%= config.bin %> dashboard', '').trim();
      const { url, end } = await start(words === '' ? [] : words.split(' '));
      assert.equal(await ask(url), 'grafana /');
      assert.equal((await end('SIGINT')).code, 0);
    }
    assert.equal(examples.length, 2);
  });

  it('opens the browser when it is asked to', async function () {
    this.timeout(30_000);
    const folder = mkdtempSync(join(server.control.folder, 'path-'));
    const opened = join(folder, 'opened');
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$@" > ${opened}.part\nmv ${opened}.part ${opened}\n`);
    chmodSync(join(folder, 'xdg-open'), 0o755);
    const { url, end } = await start(['-p', '0', '-b'], { PATH: `${folder}:${process.env['PATH']}` });
    while (!existsSync(opened)) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(readFileSync(opened, 'utf8'), `${url}\n`);
    assert.equal((await end('SIGINT')).stdout, `[+] Starting Dashboard forwarding\n[+] Issuing open browser ${url}\n`);
    const without = await start(['-p', '0', '-b'], { PATH: '/nowhere' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.match((await without.end('SIGINT')).stderr, /warning: no browser could be opened/);
  });
});
