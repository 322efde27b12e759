import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parseCredential, runExecPlugin, type PluginRun } from '../../src/lib/cluster/connection/exec-plugin.js';
import { createCredentials } from '../../src/lib/cluster/connection/credentials.js';
import type { Access, ClusterEntry, ExecPlugin } from '../../src/lib/cluster/kubeconfig/types.js';
import { ClusterError } from '../../src/lib/errors.js';

const apiVersion = 'client.authentication.k8s.io/v1';
const { PATH } = process.env;

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'osm-ts-plugin-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A plugin that does what a script says. */
const plugin = (script: string, more: Partial<ExecPlugin> = {}): ExecPlugin => ({
  command: 'sh',
  args: ['-c', script],
  env: [],
  apiVersion,
  provideClusterInfo: false,
  interactiveMode: 'Never',
  ...more,
});
const cluster: ClusterEntry = { name: 'k', server: 'https://h:6443', insecureSkipTlsVerify: false };

const run = (asked: ExecPlugin, more: Partial<PluginRun> = {}, entry = cluster) =>
  runExecPlugin(asked, entry, { env: { PATH }, terminal: false, timeoutMs: Infinity, ...more });

async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error: unknown = await promise.then(
    () => assert.fail('this should have failed'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ClusterError, String(error));
  return error;
}

const credential = (status: unknown, more: object = {}): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion, status, ...more });
/** A script that prints this. */
const printing = (text: string): string => `printf %s '${text}'`;

describe('an exec credential plugin: what it gets', () => {
  /** What stands in the variable of its environment. */
  async function seen(variable: string, asked: Partial<ExecPlugin>, more: Partial<PluginRun> = {}, entry = cluster) {
    const hex = `$(printf %s "$${variable}" | od -An -v -tx1 | tr -d ' \\n')`;
    const script = `printf '{"kind":"ExecCredential","apiVersion":"%s","status":{"token":"x%s"}}' '${asked.apiVersion ?? apiVersion}' "${hex}"`;
    const { token = '' } = await run(plugin(script, asked), more, entry);
    return Buffer.from(token.slice(1), 'hex').toString();
  }
  const request = async (asked: Partial<ExecPlugin>, more?: Partial<PluginRun>, entry?: ClusterEntry) =>
    JSON.parse(await seen('KUBERNETES_EXEC_INFO', asked, more, entry)) as unknown;

  it('the request in KUBERNETES_EXEC_INFO, with its own version', async () => {
    const asked = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
    assert.deepEqual(await request({}), asked);
    const older = 'client.authentication.k8s.io/v1beta1';
    assert.deepEqual(await request({ apiVersion: older }), { ...asked, apiVersion: older });
  });

  const modes = [
    ['Never', true, false],
    ['IfAvailable', true, true],
    ['IfAvailable', false, false],
    ['Always', true, true],
  ] as const;
  for (const [interactiveMode, terminal, interactive] of modes) {
    it(`whether somebody could answer it: ${interactiveMode}, ${terminal ? 'a' : 'no'} terminal`, async () => {
      const { spec } = (await request({ interactiveMode }, { terminal })) as { spec: unknown };
      assert.deepEqual(spec, { interactive });
    });
  }

  it('a plugin that must ask is not started where nobody can answer', async () => {
    const error = await failure(run(plugin('exit 1', { interactiveMode: 'Always' })));
    assert.equal(error.message, 'the credential plugin sh must ask on a terminal, and standard input is none');
    assert.match(error.hint ?? '', /^run the command in a terminal/);
    const here = process.stdin.isTTY;
    try {
      process.stdin.isTTY = false;
      const unsaid = await failure(run(plugin('exit 1', { interactiveMode: 'Always' }), { terminal: undefined }));
      assert.equal(unsaid.message, error.message);
      process.stdin.isTTY = true;
      const started = await failure(run(plugin('exit 1', { interactiveMode: 'Always' }), { terminal: undefined }));
      assert.match(started.message, /exit code 1$/);
    } finally {
      process.stdin.isTTY = here;
    }
  });

  it('the cluster, if it wants to know', async () => {
    const spec = async (entry: Partial<ClusterEntry>) =>
      ((await request({ provideClusterInfo: true }, {}, { ...cluster, ...entry })) as { spec: { cluster: unknown } })
        .spec.cluster;
    assert.deepEqual(await spec({}), { server: 'https://h:6443' });
    assert.deepEqual(
      await spec({
        tlsServerName: 'n',
        insecureSkipTlsVerify: true,
        ca: Buffer.from('CA'),
        proxyUrl: 'http://p:1',
        execConfig: null,
      }),
      {
        server: 'https://h:6443',
        'tls-server-name': 'n',
        'insecure-skip-tls-verify': true,
        'certificate-authority-data': 'Q0E=',
        'proxy-url': 'http://p:1',
        config: null,
      },
    );
  });

  it('the environment, with what the kubeconfig adds to it', async () => {
    const env = [
      { name: 'A', value: 'of the kubeconfig' },
      { name: 'KUBERNETES_EXEC_INFO', value: 'x' },
    ];
    const given = { env: { PATH, A: 'given', B: 'too' } };
    assert.equal(await seen('A', { env }, given), 'of the kubeconfig');
    assert.equal(await seen('B', { env }, given), 'too');
    assert.match(await seen('KUBERNETES_EXEC_INFO', { env }, given), /^\{/);
    assert.equal(await seen('HOME', { env }, given), '', 'nothing of this process');
  });

  it('its own words', async () => {
    const words = plugin(`printf '${credential({ token: '%s' })}' "$0-$1"`);
    assert.deepEqual(await run({ ...words, args: [...words.args, 'a b', 'c'] }), { token: 'a b-c' });
  });

  it('the standard input of a person, and of nobody else, and standard error in any case', async function () {
    if (process.platform !== 'linux') this.skip();
    const none = '/dev/null';
    if (readlinkSync('/proc/self/fd/0') === none) {
      const file = join(folder, 'input');
      writeFileSync(file, '');
      closeSync(0);
      assert.equal(openSync(file, 'r'), 0);
      after(() => {
        closeSync(0);
        openSync(none, 'r');
      });
    }
    const [input, , output] = [0, 1, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
    const script = `printf '${credential({ token: '%s' })}' "$(readlink /proc/self/fd/0 /proc/self/fd/2 | tr '\\n' ' ')"`;
    assert.deepEqual(await run(plugin(script)), { token: `${none} ${output} ` });
    const asking = plugin(script, { interactiveMode: 'IfAvailable' });
    assert.deepEqual(await run(asking, { terminal: true }), { token: `${input} ${output} ` });
  });
});

describe('an exec credential plugin: what it gives', () => {
  const given = (status: unknown, more?: object) => parseCredential(credential(status, more), plugin(''));

  it('a token, a certificate with its key, or both, and until when', () => {
    const pair = { clientCertificateData: 'C', clientKeyData: 'K' };
    assert.deepEqual(given({ token: 't' }), { token: 't' });
    assert.deepEqual(given(pair), { cert: 'C', key: 'K' });
    assert.deepEqual(given({ ...pair, token: 't', expirationTimestamp: '2030-01-02T03:04:05Z' }), {
      token: 't',
      cert: 'C',
      key: 'K',
      expires: Date.UTC(2030, 0, 2, 3, 4, 5),
    });
    assert.deepEqual(given({ token: 't', expirationTimestamp: 'soon', clientKeyData: '' }), { token: 't' });
  });

  it('which may be long, and comes in pieces', async () => {
    const token = '€' + 'x'.repeat(200_000);
    const file = join(folder, 'long');
    writeFileSync(file, `cat <<'END'\n${credential({ token })}\nEND\n`);
    // mocha starts a timer of its own now
    await new Promise(setImmediate);
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const running = timers();
    assert.deepEqual(await run({ ...plugin(''), args: [file] }, { timeoutMs: 600_000 }), { token });
    assert.equal(timers(), running, 'nothing waits any longer');
  });

  it('something else is an error that does not show it', () => {
    const answers: readonly (readonly [output: string, message: string])[] = [
      ['', 'printed something that is not JSON'],
      ['secret', 'printed something that is not JSON'],
      ['null', 'printed JSON that is not an ExecCredential'],
      ['"secret"', 'printed JSON that is not an ExecCredential'],
      ['{"kind":"Status"}', 'printed JSON that is not an ExecCredential'],
      [credential({ token: 'secret' }, { apiVersion: 'v2' }), `answered with apiVersion v2 instead of ${apiVersion}`],
      ['{"kind":"ExecCredential"}', `answered with apiVersion undefined instead of ${apiVersion}`],
      ...[undefined, null, {}, { token: '' }, { token: 5 }].map(
        (status) => [credential(status), 'gave neither a token nor a client certificate'] as const,
      ),
      ...[
        { clientCertificateData: 'secret' },
        { clientKeyData: 'secret' },
        { token: 't', clientKeyData: 'secret' },
      ].map(
        (status) =>
          [credential(status), 'gave a client certificate without its key, or a key without certificate'] as const,
      ),
    ];
    for (const [output, message] of answers) {
      const expected = {
        message: `the credential plugin sh ${message}`,
        hint: 'update the plugin and let it write its kubeconfig entry again',
        exitCode: 3,
      };
      assert.throws(() => parseCredential(output, plugin('')), expected, output);
    }
  });

  for (const [count, message] of [
    [1024 * 1024, 'printed something that is not JSON'],
    [1024 * 1024 + 1, 'prints more than 1 MiB'],
  ] as const) {
    it(`${count} bytes of nonsense`, async () => {
      const { message: told } = await failure(run(plugin(`head -c ${count} /dev/zero`)));
      assert.equal(told, `the credential plugin sh ${message}`);
    });
  }

  it('without end', async () => {
    const endless = await failure(run(plugin('cat /dev/zero 2>/dev/null & wait')));
    assert.equal(endless.message, 'the credential plugin sh prints more than 1 MiB');
    assert.equal(endless.hint, 'its own message is above; log in again or use another context');
  });
});

describe('an exec credential plugin that fails', () => {
  it('with an exit code, or by a signal', async () => {
    const ended = async (script: string): Promise<string> => (await failure(run(plugin(script)))).message;
    const good = printing(credential({ token: 't' }));
    assert.equal(await ended(`${good}; exit 3`), 'the credential plugin sh failed with exit code 3');
    assert.equal(await ended(`${good}; kill -9 $$`), 'the credential plugin sh was ended by SIGKILL');
    const { hint } = await failure(run(plugin('exit 1')));
    assert.equal(hint, 'its own message is above; log in again or use another context');
  });

  it('by not answering in time; whoever asks a person may take any time', async () => {
    const pid = join(folder, 'pid');
    const late = await failure(run(plugin(`echo $$ > ${pid}; exec sleep 1000`), { timeoutMs: 500 }));
    assert.equal(late.message, 'the credential plugin sh did not answer within 0.5 s');
    assert.equal(late.hint, 'run it by hand to see what it waits for');
    assert.throws(() => process.kill(Number(readFileSync(pid, 'utf8')), 0), { code: 'ESRCH' }, 'it is gone');
    const child = await failure(run(plugin('sleep 5 & wait'), { timeoutMs: 100 }));
    assert.match(child.message, /did not answer within 0\.1 s$/, 'though its child holds the pipe');
    const asking = plugin(`sleep 0.1; ${printing(credential({ token: 't' }))}`, { interactiveMode: 'IfAvailable' });
    assert.deepEqual(await run(asking, { terminal: true, timeoutMs: 10 }), { token: 't' });
  });

  it('because it is ended', async () => {
    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(50)]) {
      const error = await failure(run(plugin('exec sleep 1000'), { signal }));
      assert.equal(error.message, 'interrupted');
      assert(error.cause instanceof Error);
    }
  });

  it('because it cannot be started', async () => {
    const started = async (command: string, more: Partial<ExecPlugin> = {}, env: NodeJS.ProcessEnv = { PATH }) => {
      const error = await failure(run(plugin('', { command, ...more }), { env }));
      assert(error.cause instanceof Error);
      return [error.message.replace(/^.*which the kubeconfig names, /, ''), error.hint];
    };
    const other = 'install it, put it on PATH, or use another context';
    const nowhere = { PATH: join(folder, 'nowhere') };
    assert.deepEqual(await started('sh', {}, nowhere), ['is not installed', other]);
    const installHint = ' get it\u001b[31m at\u0000\u0085\nhttps://example.com\u007f\t\n';
    assert.deepEqual(await started('sh', { installHint }, nowhere), [
      'is not installed',
      'get it[31m at\nhttps://example.com',
    ]);
    assert.deepEqual(await started('sh', { installHint: '\u001b \u0007' }, nowhere), ['is not installed', other]);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    const file = join(folder, 'bin/sh');
    writeFileSync(file, 'exit 0');
    chmodSync(file, 0o600);
    assert.deepEqual(await started(file), ['cannot be executed', other]);
    // errors that Node throws at once
    assert.deepEqual(await started(join(file, 'sh')), ['cannot be started: spawn ENOTDIR', other]);
    const [nul = ''] = await started('sh', { args: ['a\0b'] });
    assert.match(nul, /^cannot be started: .*null bytes/);
  });
});

describe('credentials of a plugin', () => {
  const runs = (): number => readFileSync(join(folder, 'runs'), 'utf8').length;
  /** The credentials of a plugin that prints one answer after the other, and the last one from then on. */
  function open(answers: readonly string[], now?: () => number, verbose: (line: string) => void = () => undefined) {
    for (const [i, text] of answers.entries()) writeFileSync(join(folder, `answer${i + 1}`), text);
    writeFileSync(join(folder, 'runs'), '');
    const script = `cd "$FOLDER"; printf . >> runs; n=$(wc -c < runs); [ $n -gt ${answers.length} ] && n=${answers.length}; cat answer$((n))`;
    const access: Access = {
      context: 'c',
      cluster: { name: 'k', server: 'http://127.0.0.1:1', insecureSkipTlsVerify: false },
      user: { name: 'u', exec: plugin(script) },
      origin: '/kubeconfig',
    };
    const options = { env: { PATH, FOLDER: folder }, pluginTimeoutMs: Infinity, connectTimeoutMs: 1000, verbose };
    return createCredentials(access, { ...options, terminal: false, ...(now ? { now } : {}) });
  }
  const tokenOf = async ({ requestOptions }: ReturnType<typeof open>): Promise<unknown> =>
    ((await requestOptions()).headers as Record<string, unknown>)['Authorization'];

  it('are good until they expire, and as long as the server takes them where they do not say', async () => {
    const lines: string[] = [];
    const [noon, later] = [Date.UTC(2030, 0, 1, 12), Date.UTC(2030, 0, 1, 13)];
    const until = (time: number) => ({ expirationTimestamp: new Date(time).toISOString() });
    let now = noon - 1000;
    const credentials = open(
      [
        credential({ token: 'a', ...until(noon) }),
        credential({ token: 'b', ...until(later) }),
        credential({ token: 'c' }),
      ],
      () => now,
      (line) => lines.push(line),
    );
    const first = await credentials.requestOptions();
    now = noon - 1;
    assert.equal(await credentials.requestOptions(), first, 'the same agent, so that connections are used again');
    assert.equal(await tokenOf(credentials), 'Bearer a');
    now = noon;
    assert.equal(await tokenOf(credentials), 'Bearer b');
    now = later + 1;
    assert.equal(await tokenOf(credentials), 'Bearer c');
    now = later * 2;
    assert.equal(await tokenOf(credentials), 'Bearer c');
    assert.equal(runs(), 3);
    assert.deepEqual(lines, Array<string>(3).fill('running the credential plugin sh'));
  });

  it('are fetched anew for whoever was refused with the last ones', async () => {
    const credentials = open([credential({ token: 'a' }), credential({ token: 'b' })]);
    const first = await credentials.requestOptions();
    assert.equal(credentials.renew(first), true);
    const second = await credentials.requestOptions();
    assert.equal(await tokenOf(credentials), 'Bearer b');
    assert.equal(credentials.renew(first), true, 'others have them by now');
    assert.equal(await credentials.requestOptions(), second);
    assert.equal(runs(), 2);
    assert.equal(credentials.renew(second), true);
    assert.notEqual(await credentials.requestOptions(), second, 'on new connections, even with the same token');
  });

  it('a failure is not kept', async () => {
    const credentials = open(['nonsense', credential({ token: 'b' })]);
    const [one, two] = await Promise.allSettled([credentials.requestOptions(), credentials.requestOptions()]);
    assert.deepEqual(
      [one.status, two.status, runs()],
      ['rejected', 'rejected', 1],
      'who ask together wait for one run',
    );
    assert.equal(await tokenOf(credentials), 'Bearer b');
  });
});
