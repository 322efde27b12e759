import assert from 'node:assert/strict';
import { domainToASCII } from 'node:url';
import { percentDecode } from '../../../src/lib/simulator/request/bytes.js';
import { TargetError } from '../../../src/lib/simulator/request/index.js';
import { idnToAscii } from '../../../src/lib/simulator/request/idn.js';
import { isWithoutProxy, parseProxy } from '../../../src/lib/simulator/request/proxy.js';
import { hasScheme, parseUrl, writeUrl } from '../../../src/lib/simulator/request/url.js';
import { inBrackets } from '../../../src/lib/text/ip.js';

/** Rules that the recordings of curl (`golden.test.ts`) do not come to. */

describe('an international host name', () => {
  it('has the Punycode that everybody has, whatever its characters, in labels of a length that DNS takes', () => {
    const points = [0xe9, 0x3b1, 0x431, 0x5d0, 0x4e00, 0x9f00, 0xac00, 0x20000, 0x2a000];
    for (const one of points) {
      for (const other of points) {
        for (let length = 0; length < 24; length++) {
          const host = `${'a'.repeat(length)}${String.fromCodePoint(one, other, one)}.test`;
          const expected = domainToASCII(host);
          if (expected !== '') assert.equal(idnToAscii(host), expected, host);
        }
      }
    }
    const rows = [20, 40].map((length) => `${'é'.repeat(length)}日本${'é'.repeat(3)}`);
    for (const host of rows) assert.equal(idnToAscii(host), domainToASCII(host), host);
    assert.equal(idnToAscii('bücher。example'), 'xn--bcher-kva.example');
    assert.throws(() => idnToAscii('ü'.repeat(70)), /^TargetError: the host's label ü{20}… is too long for DNS/);
  });

  const labels = [
    'bücher',
    'ü',
    'a-ü',
    'zürich-straße-2',
    '日本語',
    '例え',
    'ελλάδα',
    'почемужеонинеговорятпорусски',
    'ليهمابتكلموشعربي',
    '他们为什么不说中文',
    'aüböcä',
    'ü'.repeat(30),
    'üé'.repeat(12),
    `${'a'.repeat(50)}ü`,
    '😀a',
    // where the bias is at the edge of its loop
    '一估佘',
    '一丁丂亸仠',
    'éa'.repeat(10),
  ];

  it('is written as the host of every URL is', () => {
    for (const label of labels) assert.equal(idnToAscii(`${label}.example`), `${domainToASCII(label)}.example`, label);
    for (const host of ['BÜCHER。Example', 'J\u030ca', 'a\u00ad\u200bü\u2060'])
      assert.equal(idnToAscii(host), domainToASCII(host), host);
  });

  it('has labels that DNS can carry', () => {
    const isRefused = (label: string) => {
      try {
        idnToAscii(label);
        return false;
      } catch (error) {
        assert.match((error as TargetError).message, /^the host's label .{1,22} is too long for DNS/);
        return true;
      }
    };
    for (let length = 1; length < 70; length++) {
      for (const label of ['ü'.repeat(length), `${'a'.repeat(length)}ü`])
        assert.equal(isRefused(label), domainToASCII(label).length > 63, label);
    }
  });

  it('has no hyphen where none may be', () => {
    for (const host of [`-${'ü'.repeat(30)}`, 'a-.ü', 'ab--c.ü'])
      assert.throws(() => idnToAscii(host), /^TargetError: the label (?:-ü{19}…|a-|ab--c) of an .* has a hyphen/, host);
    assert.equal(idnToAscii('xn--bcher-kva.a--b.ü'), 'xn--bcher-kva.a--b.xn--tda');
  });

  it('has no character that a look-alike became', () => {
    assert.throws(() => idnToAscii('ü；b'), { message: /cannot contain ";"/ });
  });
});

describe('a URL', () => {
  it('has an address with a zone of 1 to 15 characters, with %25 or % in front', () => {
    const zones: [string, string][] = [
      ['%25eth0', 'eth0'],
      ['%eth0', 'eth0'],
      ['%25', '25'],
      ['%251', '1'],
      ['%wlan25', 'wlan25'],
      [`%25${'z'.repeat(15)}`, 'z'.repeat(15)],
    ];
    for (const [text, zone] of zones) assert.equal(parseUrl(`http://[fe80::1${text}]/`).zone, zone, text);
    assert.equal(parseUrl('http://[fe80::1]/').zone, null);
    for (const text of ['%', `%${'z'.repeat(16)}`, `%25${'z'.repeat(16)}`])
      assert.throws(
        () => parseUrl(`http://[fe80::1${text}]/`),
        /the zone of the IPv6 address is empty or too long/,
        text,
      );
  });

  it('is refused with what is wrong, cut short', () => {
    const rows: [string, string][] = [
      [`[::1]${'x'.repeat(30)}`, `"${'x'.repeat(19)}…" follows the ] of the host`],
      [`a:${'9'.repeat(60)}`, `${'9'.repeat(39)} is no port`],
      [`[${'g'.repeat(70)}]`, `[${'g'.repeat(58)}… is no IPv6 address`],
      ["a'b", `the host contains "'"`],
      ['a%20b', 'the host contains " "'],
      ['a%1fb', 'the host contains an encoded control character'],
      ['a'.repeat(65_536), 'the host is longer than 65535 characters'],
      ['a%ffb', 'the host is not UTF-8'],
    ];
    for (const [host, message] of rows) {
      const isRight = (error: unknown) =>
        error instanceof TargetError &&
        error.message === `${message} (curl exits with 3)` &&
        error.curlExitCode === 3 &&
        (host !== 'a%ffb' || error.cause instanceof URIError);
      assert.throws(() => parseUrl(`http://${host}/`), isRight, host.slice(0, 80));
    }
    assert.equal(parseUrl(`http://${'a'.repeat(65_535)}/`).host.length, 65_535);
    assert.equal(parseUrl('http://a%2541b/').host, 'a%2541b');
  });

  const told = (text: string): string => {
    try {
      return JSON.stringify(parseUrl(text));
    } catch (error) {
      assert.ok(error instanceof TargetError, String(error));
      return error.message;
    }
  };

  it('is read as it is written, and written again', () => {
    for (const text of [
      'x://h/',
      'http://u:p@h:8/a?b#c',
      'http://u@h/#c',
      'http://h/#',
      'http://[2001:db8::1]:8/',
      'http://[fe80::1%25eth0]/?a',
      'http://h/a/b',
    ])
      assert.equal(writeUrl(parseUrl(text)), text.replace(/#$/, ''));
    assert.deepEqual(parseUrl('h#ab'), {
      ...{ scheme: 'http', user: null, password: null, host: 'h', zone: null, port: null },
      ...{ path: '/', query: null, fragment: 'ab' },
    });
    assert.deepEqual(['x://h', 'h', 'h:80/x'].map(hasScheme), [true, false, false]);
    assert.equal(parseUrl('http:/h').host, 'h');
    assert.equal(parseUrl('http:///h').host, 'h');
  });

  it('is refused where it makes no sense, with what is wrong', () => {
    const cases: readonly (readonly [text: string, message: RegExp])[] = [
      ['http:////h', /more than three slashes/],
      ['http://///h', /more than three slashes/],
      ['http://', /no host/],
      ['http://:80/', /no host/],
      ['http://:x/', /^x is no port/],
      ['x://h:', /^\{/],
      ['h:', /port is empty/],
      ['http://h/a b', /path contains a space/],
      ['http://h/\t', /path contains a control character \(code 9\)/],
      ['http:// h/', /host contains a space/],
      ['http://h/#\u0001', /fragment contains a control/],
      ['http://h\0/', /NUL/],
      ['http://[::1/', /never closed/],
      ['http://[::1]x/', /"x" follows the \]/],
      ['http://[::1]1:2/', /"1:2" follows the \]/],
      ['http://h:65536/', /^65536 is no port/],
      ['http://[::g]/', /no IPv6 address/],
      ['http://[fe80::1%25]/', /^\{/],
      ['http://[fe80::1%]/', /zone/],
    ];
    for (const [text, message] of cases) assert.match(told(text), message, text);
  });

  it('has 8 million characters at most', () => {
    assert.match(told(`http://h/${'a'.repeat(8_000_000 - 9)}`), /^\{/);
    assert.match(told(`http://h/${'a'.repeat(8_000_000 - 8)}`), /longer than 8 million/);
  });

  it('has escapes of two hexadecimal digits', () => {
    const decoded = (text: string) => String.fromCharCode(...percentDecode(text));
    assert.deepEqual(['%41%6a', 'x41', '%4', '%', '%4g', '%%41'].map(decoded), ['Aj', 'x41', '%4', '%', '%4g', '%A']);
  });
});

describe('a proxy', () => {
  const read = (text: string): string => {
    const { scheme, host = '', port, authorization = '' } = parseProxy(text) ?? {};
    return scheme === undefined ? '' : [scheme, inBrackets(host), port, authorization].join(' ').trim();
  };

  it('is read from what names it', () => {
    const cases: readonly (readonly [text: string, read: string])[] = [
      ['p', 'http p 1080'],
      ['HTTP://P:1', 'http P 1'],
      ['https://p', 'https p 443'],
      ['socks://p', 'socks4 p 1080'],
      ['socks4://p', 'socks4 p 1080'],
      ['socks5://p:65535', 'socks5 p 65535'],
      ['u@p/x', 'http p 1080 Basic dTo='],
      ['http://u:%41@[2001:db8::1]:8', 'http [2001:db8::1] 8 Basic dTpB'],
      ['p:0', ''],
      ['p:65536', ''],
      ['p:1x', ''],
      ['/p', ''],
      ['', ''],
      ['ftp://p', ''],
    ];
    for (const [text, expected] of cases) assert.equal(read(text), expected, text);
  });

  it('is not asked for hosts that are named', () => {
    const named: readonly (readonly [host: string, list: string | undefined, isNamed: boolean])[] = [
      ['A.', 'a', true],
      ['a', 'A.', true],
      ['x.a', '.a', true],
      ['x.a', 'b  a', true],
      ['x.a', 'b,a', true],
      ['xa', 'a', false],
      ['a', '', false],
      ['a', undefined, false],
      ['a', '*', true],
      ['a', '*,b', false],
      ['192.0.2.7', '0.0.0.0/0', false],
      ['a', '0.0.0.0/8', false],
      ['192.0.2.7', '192.0.2.0/024', true],
      ['192.0.2.7', '192.0.2.7/00', true],
      ['a', '192.0.2.0/24', false],
      ['192.0.2.7', '192.0.2.0/24', true],
      ['192.0.3.7', '192.0.2.0/24', false],
      ['192.0.2.7', '192.0.2.7', true],
      ['192.0.2.7', '2.7', false],
    ];
    for (const [host, list, isNamed] of named) assert.equal(isWithoutProxy(host, list), isNamed, `${host} ${list}`);
  });
});
