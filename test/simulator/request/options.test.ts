import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { curlOptions, findLongOption, findShortOption } from '../../../src/lib/simulator/request/curl-options.js';
import { parseCurl, TargetError, type Target } from '../../../src/lib/simulator/request/index.js';
import type { CurlGolden } from './golden.js';

const golden = JSON.parse(readFileSync(new URL('curl-golden.json', import.meta.url), 'utf8')) as CurlGolden;
const urls = ['http://httpbin.org/get', 'https://httpbin.org/get'];

/** An argument that curl accepts, for each kind of option. */
const samples: Readonly<Record<string, string>> = {
  text: 'x',
  file: 'x',
  integer: '1',
  count: '1',
  seconds: '1.5',
  size: '10k',
  octal: '0644',
  offset: '1',
  'port-range': '5000-5001',
  rate: '1/s',
  'tls-version': '1.2',
  md5: '0123456789abcdef0123456789abcdef',
  protocols: '=http,https',
  protocol: 'http',
  range: '0-1',
  srp: 'SRP',
};

/** What is to be written for each kind of argument. */
const forms: Readonly<Record<string, RegExp>> = {
  integer: /^write a whole number, -1 for no limit$/,
  count: /^write a whole number, 0 or more$/,
  seconds: /seconds/,
  size: /bytes, with k, M or G/,
  octal: /such as 0644$/,
  offset: /bytes, or -$/,
  'port-range': /such as 1024-2048$/,
  rate: /with \/s, \/m, \/h or \/d$/,
  'tls-version': /1\.2 or 1\.3$/,
  md5: /^write 32 hexadecimal digits$/,
  protocols: /such as =http,https or -ftp$/,
  protocol: /^write http or https$/,
  srp: /^write SRP$/,
};

const withoutCommand = (target: Target): Target => ({ ...target, command: '' });

function refusal(args: readonly string[]): TargetError {
  try {
    parseCurl(args);
  } catch (error) {
    if (error instanceof TargetError) return error;
    throw error;
  }
  return assert.fail(`not refused: ${args.join(' ')}`);
}

describe('the option table', () => {
  it('has every documented option, with its letter and its argument', () => {
    assert.ok(golden.options.length > 240);
    for (const documented of golden.options) {
      const [, letter = '', name, argument] = /^(?:-(.) )?--(\S+)( VALUE)?$/.exec(documented)!;
      const match = findLongOption(name!);
      assert.ok(typeof match === 'object' && 'option' in match, documented);
      const { option } = match;
      assert.equal(option.name, name!.replace(/^no-/, ''));
      // curl documents -N and --no-buffer together, though the option is called --buffer.
      assert.equal(option.letter, letter, documented);
      // The category of --help is optional.
      if (name !== 'help')
        assert.equal(option.kind !== 'flag' && option.kind !== 'once', argument !== undefined, documented);
      if (letter !== '') assert.equal(findShortOption(letter), option);
    }
  });

  it('has no name and no letter twice', () => {
    const names = curlOptions().map(({ name }) => name);
    const letters = curlOptions()
      .map(({ letter }) => letter)
      .filter((letter) => letter !== '');
    assert.equal(new Set(names).size, names.length);
    assert.equal(new Set(letters).size, letters.length);
  });

  it('lets silent options change nothing', () => {
    for (const { name, kind, effect } of curlOptions()) {
      if (effect !== 'silent') continue;
      const words = kind === 'flag' || kind === 'once' ? [`--${name}`] : [`--${name}`, samples[kind]!];
      for (const url of urls) {
        const plain = withoutCommand(parseCurl([url]));
        assert.deepEqual(withoutCommand(parseCurl([...words, url])), plain, name);
        assert.deepEqual(withoutCommand(parseCurl([url, ...words])), plain, name);
        if (kind === 'flag') assert.deepEqual(withoutCommand(parseCurl([`--no-${name}`, url])), plain, name);
      }
    }
  });

  it('handles every option', () => {
    for (const { name, kind, effect, letter } of curlOptions()) {
      const value = kind === 'flag' || kind === 'once' ? [] : [samples[kind]!];
      for (const spelling of [`--${name}`, ...(letter === '' ? [] : [`-${letter}`])]) {
        try {
          const target = parseCurl([spelling, ...value, urls[0]!]);
          if (typeof effect === 'object')
            assert.match(target.notModelled.join(), new RegExp(`--${name}: (?:it|HTTP/3|the) `));
        } catch (error) {
          assert.ok(error instanceof TargetError, `${spelling}: ${String(error)}`);
        }
      }
    }
  });

  it('checks arguments as curl does before it runs', () => {
    for (const { name, kind } of curlOptions()) {
      if (['flag', 'once', 'text', 'file', 'range'].includes(kind)) continue;
      const error = refusal([`--${name}`, '!', urls[0]!]);
      assert.equal(error.curlExitCode, kind === 'protocol' ? 1 : 2, name);
      assert.equal(error.position, 0, name);
      assert.match(error.hint!, forms[kind]!, name);
    }
    assert.match(refusal(['-r', '9'.repeat(19), urls[0]!]).hint!, /^write a range such as 0-499$/);
  });

  it('says what is wrong with an option, where, and what to write', () => {
    const url = urls[0]!;
    const cases: [args: string[], message: RegExp, hint: RegExp, position: number][] = [
      [[url, '--haeder', 'x'], /no option --haeder/, /did you mean --header/, 1],
      [['--compresed', url], /no option --compresed/, /--compressed/, 0],
      [['--no-alnp', url], /no option/, /--no-alpn/, 0],
      [['-s', '--header=a: b', url], /takes? a? ?value after =|not take a value after =/, /write --header 'a: b'/, 1],
      [['--nope=1', url], /no option --nope=1 /, /^$/, 0],
      [['--x=1', url], /not take a value after =/, /^write --x 1$/, 0],
      [['--qqqqqqqqqqqq', url], /no option --q/, /^$/, 0],
      [[url, 'a\0'], /cannot contain a NUL/, /remove it/, 1],
      [['a\0'], /cannot contain a NUL/, /remove it/, 0],
      [['--interface', 'e'], /no URL/, /^add the URL/, -1],
      [['-sS~', url], /no option -~ \(in -sS~\) \(/, /^$/, 0],
      [['-s~', url], /no option -~ \(in -s~\) \(/, /^$/, 0],
      [['-~', url], /no option -~ \(curl/, /^$/, 0],
      [['-', url], /no option - \(curl/, /^$/, 0],
      [['--no-header', 'x', url], /no --no- form/, /^$/, 0],
      [['--http1', url], /ambiguous/, /^write it out: --http1\.0, --http1\.1$/, 0],
      [['--k', url], /ambiguous/, /^write it out: --keepalive, .*, --krb4$/, 0],
      [
        ['--p', url],
        /ambiguous/,
        /^write it out: --parallel, --parallel-immediate, --parallel-max, --pass, --path-as-is, --pinnedpubkey, …$/,
        0,
      ],
      [['--l', url], /ambiguous/, /^write it out: --libcurl, --limit-rate, (--\S+, ){4}…$/, 0],
      [[url, '-H'], /-H needs a value/, /write -H VALUE/, 1],
      [['-s', '-m', 'soon', url], /-m soon is not accepted/, /number of seconds/, 1],
      [['-f', '--fail-with-body', url], /exclude each other/, /keep one/, 1],
      [['-d', 'a', '-I', url], /cannot be both/, /keep one of them/, 3],
      [[url, '-v', url], /second URL/, /one target for each URL/, 2],
      [[url, '--next', url], /second request/, /one target for each/, 1],
      [['-V'], /makes no request/, /leave out --version/, 0],
      [['-s'], /no URL/, /curl http:\/\//, -1],
      [['-K', 'rc'], /no URL/, /not read/, -1],
      [['-H', 'a: b', 'http://a b/'], /host contains a space/, /quote/, 2],
      [['--url', 'http://x:99999/'], /99999 is no port/, /0 to 65535/, 1],
      [['http://x/[1-3]', '-s'], /3 requests/, /-g/, 0],
    ];
    for (const [args, message, hint, position] of cases) {
      const error = refusal(args);
      assert.match(error.message, message, args.join(' '));
      assert.match(error.hint ?? '', hint, args.join(' '));
      assert.equal(error.position ?? -1, position, args.join(' '));
    }
  });

  it('tells options that are usually written in the negative so', () => {
    for (const name of ['alpn', 'buffer', 'clobber', 'keepalive', 'npn', 'progress-meter', 'sessionid'])
      assert.equal(refusal([`--no-${name}x`, urls[0]!]).hint, `did you mean --no-${name}?`);
  });

  it('has one kind of request at a time', () => {
    const [head, get, post, form, put] = [
      'HEAD (-I, --head)',
      'GET (-G, --get)',
      'POST (-d, --data)',
      'multipart formpost (-F, --form)',
      'PUT (-T, --upload-file)',
    ];
    const cases: [args: string[], one: string, other: string][] = [
      [['-I', '-F', 'a=b'], form, head],
      [['--no-head', '-I'], head, get],
      [['-F', 'a=b', '-d', 'a'], post, form],
      [['-T', 'f', '-d', 'a'], put, post],
    ];
    for (const [args, one, other] of cases) {
      const { message } = refusal([...args, urls[0]!]);
      assert.equal(message, `one request cannot be both ${one} and ${other} (curl exits with 2)`);
    }
  });
});

describe('headers', () => {
  const headers = (...args: string[]) => parseCurl([...args, urls[0]!]).http!.headers;

  it('are sent without the blanks around their values', () => {
    const own = ['-A', '\t a \t', '-H', 'Accept:'];
    assert.deepEqual(headers(...own, '-H', 'x:\t b  c \t ', '-H', 'y:d e', '-H', ':a;', '-H', 'z;;'), [
      ['User-Agent', 'a'],
      ['x', 'b  c'],
      ['y', 'd e'],
    ]);
  });

  const h2 = (...args: string[]) => parseCurl(['--http2-prior-knowledge', ...args, urls[0]!]).http!;

  it('have the blanks behind their values in HTTP/2, where they count', () => {
    const own = ['-A', ' a ', '-e', 'r ', '-b', 'a=b ', '-r', '1- ', '--oauth2-bearer', '', '-H', 'x: y '];
    const { authority, headers: sent } = h2(...own, '-H', 'Host: a.example ');
    const values = ['Bearer ', 'bytes=1- ', 'a ', '*/*', 'r ', 'a=b ', 'y '];
    assert.deepEqual([authority, sent.map(([, value]) => value)], ['a.example ', values]);
    const late = ['-H', 'Host:', '-H', 'Host: b '];
    assert.deepEqual([h2(...late).authority, parseCurl([...late, urls[0]!]).http!.authority], ['b ', 'b']);
  });

  it('of HTTP/2 are its own', () => {
    assert.deepEqual(h2('-H', 'TE: a, Trailers').headers.at(-1), ['te', 'trailers']);
    assert.equal(h2('-H', 'Content-LENGTH: 9').bodyLength, 0);
    const told = ['-H', 'Content-Length: 3'];
    assert.deepEqual(
      [
        h2('-d', 'ab', ...told),
        h2('-d', 'abc', ...told),
        h2('-T', '-', ...told),
        h2('-T', 'f', ...told),
        h2('-T', 'f'),
      ].map(({ bodyLength }) => bodyLength),
      [2, undefined, 'unknown', 'unknown', undefined],
    );
    assert.equal(parseCurl([...told, urls[0]!]).http!.bodyLength, undefined);
    for (const name of ['x-content-length', 'content-length-x'])
      assert.equal(h2('-H', `${name}: 9`).bodyLength, undefined, name);
    for (const option of ['--http2-prior-knowledge', '--http2']) {
      const { version, headers: sent } = parseCurl([option, urls[1]!]).http!;
      assert.deepEqual([version, sent.length], ['1.1', 2], option);
    }
  });

  it('of the option replace those that another option makes', () => {
    const { headers: sent, uncertainHeaders } = parseCurl([
      ...['-z', 'yesterday', '-H', 'If-Modified-Since: x', '-d', 'a', '-H', 'Transfer-Encoding: a, CHUNKED', urls[0]!],
    ]).http!;
    const names = sent.map(([name]) => name).slice(2);
    assert.deepEqual(names, ['If-Modified-Since', 'Transfer-Encoding', 'Content-Type']);
    assert.equal(uncertainHeaders, undefined);
    const gzip = headers('-d', 'a', '-H', 'Transfer-Encoding: gzip').map(([name]) => name);
    assert.ok(gzip.includes('Content-Length'));
  });

  it('cannot tell the end of what has none in HTTP/1.0', () => {
    for (const file of ['-', '.', '/dev/full', '/dev/null', '/dev/random', '/dev/urandom', '/dev/zero'])
      assert.equal(refusal(['-0', '-T', file, urls[0]!]).curlExitCode, 25, file);
  });

  it('of the type of a form begin its own', () => {
    const [, value] = headers('-F', 'a=b', '-H', 'Content-Type:multipart/mixed').at(-1)!;
    assert.match(value, /^multipart\/mixed; boundary=-{24}0{16}$/);
    const length = (type: string) => new Map(headers('-F', 'a=b', '-H', `Content-Type: ${type}`)).get('Content-Length');
    assert.equal(length('Multipart/Form-Data; x'), new Map(headers('-F', 'a=b')).get('Content-Length'));
    assert.equal(length('x-multipart/form-data'), length('multipart/mixed'));
    assert.notEqual(length('multipart/form-data'), length('multipart/mixed'));
  });
});

describe('the URL that is requested', () => {
  const asked = (...args: string[]) => {
    const { method, path } = parseCurl(args).http!;
    return `${method} ${path}`;
  };

  it('has what -T, -G and --url-query add', () => {
    const url = 'http://a.example/x/';
    assert.equal(asked('--path-as-is', '-T', '.', url), 'PUT /x/');
    assert.equal(asked('-g', '-T', 'd/{a}', url), 'PUT /x/%7ba%7d');
    assert.equal(asked('-G', '--url-query', 'a=b', url), 'GET /x/?a=b');
    assert.equal(asked('-I', '-G', '-d', 'a', url), 'HEAD /x/?a');
    assert.equal(asked('--no-head', '-G', '-d', 'a', url), 'GET /x/?a');
  });
});

describe('the line of --haproxy-protocol', () => {
  it('is there where it is asked for', () => {
    assert.equal(parseCurl(['--haproxy-protocol', urls[0]!]).proxyHeader, true);
    assert.ok(!('proxyHeader' in parseCurl(['--haproxy-protocol', '--no-haproxy-protocol', urls[0]!])));
  });
});

describe('options that are not modelled', () => {
  const reasonsOf = (args: readonly string[], url: string): string => parseCurl([...args, url]).notModelled.join('\n');
  const [http, https] = urls as [string, string];

  it('are named, with the reason', () => {
    const cases: [args: string[], reason: RegExp][] = [
      [['-x', 'ftp://proxy:21'], /--proxy ftp:\/\/proxy:21: the connection goes to the proxy/],
      [['--preproxy', 'proxy'], /--preproxy proxy: .*proxy/],
      [['--proxy1.0', 'proxy', '--haproxy-protocol'], /--proxy1\.0 proxy: .*proxy/],
      [['--interface', 'eth1'], /--interface: .*intercepted/],
      [['--unix-socket', '/run/x'], /--unix-socket: .*Unix socket/],
      [['--http3'], /--http3: .*UDP/],
      [['--doh-url', 'https://dns/'], /--doh-url: /],
      [['--dns-servers', '192.0.2.1'], /--dns-servers: .*resolver/],
      [['-K', 'rc'], /--config rc: .*not read/],
      [['-6'], /-6: .*IPv6/],
    ];
    for (const [args, reason] of cases) {
      assert.match(reasonsOf(args, http), reason, args.join(' '));
      assert.match(reasonsOf(args, https), reason, args.join(' '));
    }
  });

  it('matter only where Envoy sees what they change', () => {
    const inClear: [args: string[], reason: RegExp][] = [
      [['-H', '@file'], /headers come from a file/],
      [['-b', 'file'], /cookies come from a file/],
      [['-b', '@a=b'], /cookies come from a file/],
      [['-n'], /netrc/],
      [['--netrc-optional'], /--netrc-optional/],
      [['--netrc-file', 'x'], /netrc-file x/],
      [['--ntlm', '-u', 'a:b'], /--ntlm/],
      [['--negotiate', '-u', ':'], /--negotiate/],
      [['--aws-sigv4', 'aws:amz', '-u', 'a:b'], /--aws-sigv4/],
      [['--hsts', 'file'], /--hsts file/],
      [['-G', '-d', '@file'], /query comes from a file/],
      [['--url-query', 'a@file'], /query comes from a file/],
      [['-X', 'A B'], /method "A B"/],
      [['-X', ''], /method ""/],
      [['--request-target', ''], /request target ""/],
      [['--request-target', 'a\tb'], /request target/],
      [['--request-target', '/a '], /request target/],
      [['-H', 'a: b\nc: d'], /control character/],
      [['-H', 'a\x01: b'], /control character/],
      [['-A', 'a\r\nb: c'], /control character/],
      [['-H', 'Host: a\nb: c'], /header Host: a control character/],
    ];
    for (const [args, reason] of inClear) {
      assert.match(reasonsOf(args, http), reason, args.join(' '));
      assert.equal(reasonsOf(args, https), '', args.join(' '));
    }
    assert.equal(reasonsOf(['-6'], 'http://[2001:db8::1]/'), '');
    assert.match(reasonsOf([], 'http://x/?q=é'), /request target .*outside ASCII/);
    assert.match(reasonsOf(['--alt-svc', 'file'], https), /not read/);
    assert.equal(reasonsOf(['--alt-svc', 'file'], http), '');
  });

  it('do not count when they have no effect', () => {
    for (const args of [
      ['-x', ''],
      ['-x', 'proxy', '--noproxy', '*'],
      ['--hsts', ''],
      ['-b', ''],
      ['-b', '@'],
      ['-b', 'a=b'],
      ['-b', 'a=@'],
      ['--no-netrc'],
      ['--no-netrc-optional'],
      ['--anyauth', '-u', 'a:b'],
      ['--next'],
      ['--key', 'k'],
      ['--cert', 'me.pem:pw'],
      ['-E', 'me.pem'],
      ['-X', 'BREW'],
      ['--request-target', 'http://y/'],
    ])
      for (const url of urls) assert.equal(reasonsOf(args, url), '', args.join(' '));
  });

  it('cover the schemes that curl speaks beside HTTP', () => {
    const ftp = parseCurl(['ftp.example.com/file']);
    assert.deepEqual([ftp.scheme, ftp.host, ftp.port], ['tcp', 'ftp.example.com', 21]);
    assert.match(ftp.notModelled.join(), /speaks FTP/);
    const begins = (url: string): unknown[] => {
      const { scheme, port, serverFirst, tls, notModelled } = parseCurl([url]);
      assert.deepEqual(notModelled, []);
      return [scheme, port, serverFirst, tls?.sni];
    };
    assert.deepEqual(begins('telnet://x.example:25'), ['tcp', 25, true, undefined]);
    assert.deepEqual(begins('smtp://x.example'), ['tcp', 25, true, undefined]);
    assert.deepEqual(begins('ldap://x.example/'), ['tcp', 389, false, undefined]);
    assert.deepEqual(begins('tftp://x.example/'), ['udp', 69, false, undefined]);
    assert.deepEqual(begins('smtps://x.example'), ['tls', 465, false, 'x.example']);
    const speak = { tcp: 'ldap mqtt', 'tcp server-first': 'imap pop3 smtp telnet', tls: 'imaps ldaps pop3s smtps' };
    for (const [how, schemes] of Object.entries(speak)) {
      for (const name of schemes.split(' ')) {
        const [scheme, , serverFirst] = begins(`${name}://x.example`);
        assert.equal(`${String(scheme)}${serverFirst ? ' server-first' : ''}`, how, name);
      }
    }
    assert.deepEqual(parseCurl(['smtps://[2001:db8::1]']).tls, { sni: null, alpn: [] });
    const { command, failOnHttpError } = parseCurl(['-f', 'smtp://x.example'], 'as given');
    assert.deepEqual([command, failOnHttpError], ['as given', true]);
    assert.match(refusal(['file:///etc/passwd']).message, /never reaches the network/);
    assert.equal(refusal(['gopherx://x/']).curlExitCode, 1);
  });
});

describe('values that depend on something not given', () => {
  it('are marked by header, not by target', () => {
    const cases: [args: string[], uncertain: string[]][] = [
      [
        ['-d', '@file'],
        ['content-length', 'expect'],
      ],
      [
        ['-T', 'file'],
        ['content-length', 'expect'],
      ],
      [
        ['-F', 'a=@file'],
        ['content-length', 'expect'],
      ],
      [['-u', 'user'], ['authorization']],
      [['-z', 'yesterday'], ['if-modified-since']],
      [['--etag-compare', 'file'], ['if-none-match']],
      [['-C', '-', '-o', 'file'], ['range']],
    ];
    for (const [args, uncertain] of cases) {
      const target = parseCurl([...args, urls[0]!]);
      assert.deepEqual(target.http!.uncertainHeaders, uncertain, args.join(' '));
      assert.deepEqual(target.notModelled, [], args.join(' '));
    }
    const names = (...args: string[]) => parseCurl([...args, urls[0]!]).http!.headers.map(([name]) => name);
    const isThere: [args: string[], name: string, isThere: boolean][] = [
      [['-T', 'file'], 'Content-Length', true],
      [['-T', 'file'], 'Expect', false],
      [['-u', 'user'], 'Authorization', true],
      [['--etag-compare', 'file'], 'If-None-Match', true],
      // nothing is to be continued where no file is
      [['-C', '-', '-o', 'file'], 'Range', false],
      [['-C', '-', '-T', 'file'], 'Content-Range', false],
      [['-z', 'file'], 'If-Modified-Since', false],
    ];
    for (const [args, name, expected] of isThere)
      assert.equal(names(...args).includes(name), expected, `${args.join(' ')}: ${name}`);
    // one that asks first sends no body, whose length is certain
    for (const args of [
      ['-r', '0-5'],
      ['-C', '100'],
      ['-C', '-'],
      ['-C', '-', '-o', '-'],
      ['-r', '0-5', '-d', 'x'],
      ['-d', 'x'],
      ['--digest', '-u', 'a:b', '-T', 'file'],
    ])
      assert.equal('uncertainHeaders' in parseCurl([...args, urls[0]!]).http!, false, args.join(' '));
  });

  it('are those of a password that is asked for', () => {
    const uncertain = (user: string) => parseCurl(['-u', user, urls[0]!]).http!.uncertainHeaders;
    assert.deepEqual([uncertain('me'), uncertain('me;')], [['authorization'], ['authorization']]);
    assert.deepEqual([uncertain('me:'), uncertain(';options')], [undefined, undefined]);
    assert.equal(parseCurl(['http://me@x/']).http!.uncertainHeaders, undefined);
    assert.deepEqual(parseCurl(['-u', 'me;x', 'http://u:p@x/']).http!.uncertainHeaders, ['authorization']);
  });

  it('are those of a form whose parts are not known', () => {
    const uncertain = (...words: string[]) =>
      parseCurl([...words.flatMap((word) => ['-F', word]), urls[0]!]).http!.uncertainHeaders;
    assert.deepEqual(uncertain('a=(', 'b=c', '=)'), ['content-length', 'expect']);
    for (const known of [['a=)', 'b=c'], ['a='], ['a= b ;type=text/plain'], ['=x']])
      assert.equal(uncertain(...known), undefined, known.join(' '));
    assert.match(refusal(['-F', 'a=b', '-F', '=)', urls[0]!]).message, /never begun/);
    assert.match(refusal(['--form-string', 'a=(', '-F', '=)', urls[0]!]).message, /never begun/);
    assert.match(refusal(['-F', 'a="("', '-F', '=)', urls[0]!]).message, /never begun/);
    assert.match(refusal(['-F', 'a=@f(', '-F', '=)', urls[0]!]).message, /never begun/);
    assert.match(refusal(['-F', 'a=(', '-F', '=)', '-F', '=)', urls[0]!]).message, /never begun/);
    assert.match(refusal(['-F', 'a=x";type=bad"', urls[0]!]).message, /no media type/);
    assert.deepEqual(uncertain('a="x";type=bad'), ['content-length', 'expect']);
  });

  it('are those of data from a file', () => {
    const length = (...args: string[]) => {
      const { headers, uncertainHeaders = [] } = parseCurl([...args, urls[0]!]).http!;
      return uncertainHeaders.includes('content-length') ? 'unknown' : new Map(headers).get('Content-Length');
    };
    assert.deepEqual(
      [length('-d', '@f'), length('--data-raw', '@f'), length('--json', '@f')],
      ['unknown', '2', 'unknown'],
    );
    assert.deepEqual([length('-d', 'a', '-d', '@f'), length('-d', 'ab', '-C', '1')], ['unknown', 'unknown']);
    const encoded = (value: string) => length('--data-urlencode', value);
    assert.deepEqual(['a@f', '@f'].map(encoded), ['unknown', 'unknown']);
    assert.deepEqual(['a b', '=a@', 'a=b@', '='].map(encoded), ['3', '4', '6', '0']);
    assert.deepEqual(parseCurl(['--url-query', 'a@f', urls[0]!]).notModelled, [
      '@f: the query comes from a file, which is not read',
    ]);
  });

  it('include a body that is big enough for Expect', () => {
    const names = (size: number): string[] =>
      parseCurl(['-d', 'x'.repeat(size), urls[0]!]).http!.headers.map(([name]) => name);
    assert.ok(!names(1024 * 1024).includes('Expect'));
    assert.ok(names(1024 * 1024 + 1).includes('Expect'));
  });
});
