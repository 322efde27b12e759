import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { runCli } from '../support/run-cli.js';

describe('what is read has bounds', () => {
  const explain = ['egress', 'explain', 'http://a.org/', '--from', 'curl/curl', '-f', 'examples/http'];
  const cases: [string, string[], RegExp][] = [
    [
      '--hosts without end',
      [...explain, '--hosts', '/dev/zero'],
      /\/dev\/zero: cannot be read: it has more than 10 MiB/,
    ],
    ['--hosts that is a directory', [...explain, '--hosts', '/tmp'], /\/tmp: cannot be read: it is a directory/],
    [
      '--targets that is a directory',
      ['egress', 'explain', '--from', 'a/b', '-f', 'examples/http', '--targets', '/tmp'],
      /\/tmp: cannot be read: it is a directory/,
    ],
    [
      '--targets without end',
      [...explain.filter((word) => word !== 'http://a.org/'), '--targets', '/dev/zero'],
      /more than \d+ characters/,
    ],
    ['-f without end', ['egress', 'list', '-f', '/dev/zero'], /larger than 64 MiB/],
    ['--since without end', [...explain, '--since', '/dev/zero'], /larger than 64 MiB/],
    [
      '--baseline without end',
      ['egress', 'lint', '-f', 'examples/http', '--baseline', '/dev/zero'],
      /\/dev\/zero: the baseline cannot be read: it has more than 10 MiB/,
    ],
    ['--kubeconfig without end', ['egress', 'list', '--kubeconfig', '/dev/zero'], /more than 10 MiB/],
  ];
  for (const [name, words, pattern] of cases) {
    it(name, async function () {
      if (!existsSync('/dev/zero')) return this.skip();
      const { code, stderr } = await runCli(words);
      assert.match(stderr, pattern);
      assert.equal(code, 2);
    });
  }

  const policy = (ports: number): string =>
    JSON.stringify({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: 'web', namespace: 'curl' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
        hosts: ['a.org'],
        ports: Array.from({ length: ports }, (_, index) => ({ number: index + 1, protocol: 'http' })),
      },
    });
  const routes = (patterns: readonly string[]): string =>
    JSON.stringify({
      apiVersion: 'specs.smi-spec.io/v1alpha4',
      kind: 'HTTPRouteGroup',
      metadata: { name: 'g', namespace: 'curl' },
      spec: { matches: patterns.map((pathRegex, index) => ({ name: `m${index}`, pathRegex })) },
    });

  it('the ports of a policy', async () => {
    assert.equal((await runCli(['egress', 'list', '-f', '-'], { stdin: policy(2000) })).code, 0);
    const { code, stderr } = await runCli(['egress', 'list', '-f', '-'], { stdin: policy(60_000) });
    assert.match(stderr, /Egress curl\/web has 60000 ports; osm-ts reads 2000 in one object/);
    assert.equal(code, 2);
  });

  it('the regular expressions of all route groups together', async () => {
    const costly = Array.from({ length: 100 }, (_, index) => String.raw`((\pL{9}){9}){9}${index}`);
    const { code, stderr } = await runCli([...explain, '-f', '-'], { stdin: routes(costly) });
    assert.match(stderr, /HTTPRouteGroup curl\/g is too complex: .* take more than 20000000 steps to analyse/);
    assert.equal(code, 2);
    const plain = Array.from({ length: 300 }, (_, index) => String.raw`/[a-z]{1,9}/${index}(/.*)?`);
    assert.equal((await runCli([...explain, '-f', '-'], { stdin: routes([costly[0]!, ...plain]) })).code, 1);
  });

  it('targets that are planned together', async () => {
    const stdin = Array.from({ length: 251 }, (_, index) => `https://h${index}.example\n`).join('');
    const words = ['egress', 'allow', '--targets', '-', '--from', 'curl/curl', '-f', 'examples/https'];
    const { code, stderr } = await runCli(words, { stdin });
    assert.equal(code, 2);
    assert.match(stderr, /more than 250 targets/);
  });
});
