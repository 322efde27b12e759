import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { proxyFromEnvironment } from '../../src/lib/cluster/connection/proxy-environment.js';

const proxyFor = (server: string, env: NodeJS.ProcessEnv): string | undefined =>
  proxyFromEnvironment(new URL(server), env);

describe('proxy of the environment', () => {
  it('HTTPS_PROXY for https, HTTP_PROXY for http, upper case first', () => {
    const env = { HTTPS_PROXY: 'http://s:1', HTTP_PROXY: 'http://p:1', https_proxy: 'http://lower:1' };
    assert.equal(proxyFor('https://example.com', env), 'http://s:1');
    assert.equal(proxyFor('http://example.com', env), 'http://p:1');
    assert.equal(proxyFor('https://example.com', { https_proxy: 'http://lower:1' }), 'http://lower:1');
    assert.equal(proxyFor('https://example.com', { HTTPS_PROXY: '', https_proxy: 'http://lower:1' }), 'http://lower:1');
    assert.equal(proxyFor('https://example.com', { ALL_PROXY: 'http://all:1' }), undefined);
    assert.equal(proxyFor('https://example.com', {}), undefined);
  });

  it('a proxy without scheme is an http proxy', () => {
    assert.equal(proxyFor('https://example.com', { HTTPS_PROXY: 'p:3128' }), 'http://p:3128');
    assert.equal(proxyFor('https://example.com', { HTTPS_PROXY: 'socks5://p:1080' }), 'socks5://p:1080');
  });

  it('never for this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '127.0.0.9', '[::1]', '[::ffff:127.0.0.1]']) {
      assert.equal(proxyFor(`https://${host}:1`, { HTTPS_PROXY: 'http://p:1' }), undefined, host);
    }
  });

  // Each line was observed with kubectl 1.x behind a proxy that takes notes: what NO_PROXY keeps direct, and what not.
  const observed: [server: string, direct: string[], proxied: string[]][] = [
    [
      'https://a.example.com:6443',
      [
        '*',
        'foo,*',
        ' * ',
        'example.com',
        '.example.com',
        '*.example.com',
        'EXAMPLE.com',
        'example.com:6443',
        ' example.com , foo',
        'com',
        '.com:6443',
        '[a.example.com]:6443',
      ],
      [
        '',
        'example.com:6443x',
        'example.com:06443',
        'a*.example.com',
        'foo/0',
        'example.com:443',
        'ample.com',
        '*example.com',
        'ex*mple.com',
        'http://example.com',
        'example.com.',
        'a.example.com.',
      ],
    ],
    [
      'https://example.com',
      ['example.com', 'example.com:443', 'com'],
      ['.example.com', '*.example.com', 'example.com:6443'],
    ],
    ['http://example.com', ['example.com:80'], ['example.com:443']],
    ['https://xexample.com', ['com'], ['example.com', '.example.com']],
    ['https://example.com.:6443', ['example.com.'], ['', 'example.com', 'com']],
    [
      'https://10.255.255.1:6443',
      [
        '10.255.255.1',
        '10.255.255.0/24',
        '10.255.255.1:6443',
        '::ffff:10.255.255.1',
        '::ffff:10.255.255.0/120',
        '::ffff:10.255.255.1/128',
        '10.255.255.1/32',
        '10.255.255.0/024',
        '0.0.0.0/0',
      ],
      [
        '10.255.255.2',
        '10.255.255.0/32',
        '11.0.0.0/8',
        '10.255.255.0/',
        '10.255.255.0/+8',
        '10.0.0.0/1e1',
        '::ffff:10.0.0.0/8',
        '::ffff:10.255.255.0/128',
        '10.255.255.1/33',
        '10.255.255.1:1',
        '10.255.255.01',
        '255.255.1',
        '10.255.255.0/120',
        '::/0',
        'fd00::/16',
      ],
    ],
    [
      'https://[fd00::1]:6443',
      ['fd00::1', '[fd00::1]:6443', 'fd00::/16', 'fd00::/8', 'fd01::/15', '::/0'],
      [
        'fd00::2',
        'fd00::1:6443',
        'fc00::/8',
        'fd01::/16',
        '[fd00::1]',
        'fd00::1%eth0',
        '0.0.0.0/0',
        '10.255.255.0/120',
      ],
    ],
    [
      'https://[::ffff:10.255.255.1]:6443',
      ['10.255.255.1', '10.255.255.0/24', '0.0.0.0/0'],
      ['::/0', '10.255.255.1:1'],
    ],
  ];
  const proxies = { HTTPS_PROXY: 'p:1', HTTP_PROXY: 'p:1' };
  for (const [server, direct, proxied] of observed) {
    it(`NO_PROXY for ${server}`, () => {
      for (const NO_PROXY of direct) assert.equal(proxyFor(server, { ...proxies, NO_PROXY }), undefined, NO_PROXY);
      for (const NO_PROXY of proxied) assert.equal(proxyFor(server, { ...proxies, NO_PROXY }), 'http://p:1', NO_PROXY);
      assert.equal(proxyFor(server, { ...proxies, no_proxy: direct[0] }), undefined);
    });
  }
});
