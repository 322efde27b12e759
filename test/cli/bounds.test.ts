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
      '--targets without end',
      [...explain.filter((word) => word !== 'http://a.org/'), '--targets', '/dev/zero'],
      /more than \d+ characters/,
    ],
    ['-f without end', ['egress', 'list', '-f', '/dev/zero'], /larger than 64 MiB/],
    ['--since without end', [...explain, '--since', '/dev/zero'], /larger than 64 MiB/],
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

  it('targets that are planned together', async () => {
    const stdin = Array.from({ length: 251 }, (_, index) => `https://h${index}.example\n`).join('');
    const words = ['egress', 'allow', '--targets', '-', '--from', 'curl/curl', '-f', 'examples/https'];
    const { code, stderr } = await runCli(words, { stdin });
    assert.equal(code, 2);
    assert.match(stderr, /more than 250 targets/);
  });
});
