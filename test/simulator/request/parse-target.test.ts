import assert from 'node:assert/strict';
import { parseWord } from '../../../src/lib/simulator/request/parse-word.js';
import {
  parseCurl,
  parseTarget,
  targetFromCommand,
  targetFromUrl,
  TargetError,
  type Target,
} from '../../../src/lib/simulator/request/index.js';

const withoutCommand = (target: Target): Target => ({ ...target, command: '' });

function refusal(line: string): TargetError {
  try {
    parseTarget(line);
  } catch (error) {
    if (error instanceof TargetError) return error;
    throw error;
  }
  return assert.fail(`not refused: ${line}`);
}

describe('parseTarget', () => {
  it('reads a URL as curl would', () => {
    assert.deepEqual(parseTarget('http://httpbin.org/get?x=1&y=2'), {
      command: "curl 'http://httpbin.org/get?x=1&y=2'",
      scheme: 'http',
      host: 'httpbin.org',
      port: 80,
      dial: { host: 'httpbin.org', port: 80 },
      http: {
        version: '1.1',
        method: 'GET',
        path: '/get?x=1&y=2',
        authority: 'httpbin.org',
        headers: [
          ['User-Agent', 'curl/7.88.1'],
          ['Accept', '*/*'],
        ],
      },
      serverFirst: false,
      failOnHttpError: false,
      notModelled: [],
    });
    const secure = parseTarget('  https://HttpBin.org./get \r');
    assert.equal(secure.command, 'curl https://HttpBin.org./get');
    assert.deepEqual(secure.tls, { sni: 'httpbin.org', alpn: ['h2', 'http/1.1'] });
    assert.equal(secure.http!.authority, 'HttpBin.org.');
    assert.deepEqual(secure.dial, { host: 'HttpBin.org', port: 443, isAbsolute: true });
    assert.deepEqual(withoutCommand(parseTarget('-x.example/')), withoutCommand(parseCurl(['--url', '-x.example/'])));
  });

  it('keeps a command as it was given', () => {
    const line = `curl  -H "x-env: prod" 'http://httpbin.org/get' `;
    assert.equal(parseTarget(line).command, line.trim());
    assert.equal(parseTarget('curl \\\n  -I \\\n  http://x/ # why').command, 'curl -I http://x/');
    assert.deepEqual(
      withoutCommand(parseTarget(line)),
      withoutCommand(parseCurl(['-H', 'x-env: prod', 'http://httpbin.org/get'])),
    );
    assert.equal(parseTarget('curl -f http://x/').failOnHttpError, true);
    assert.equal(parseTarget('curl --fail-with-body http://x/').failOnHttpError, true);
  });

  it('reads raw TCP', () => {
    assert.deepEqual(parseTarget('tcp://db.example.com:3306 --server-first'), {
      command: 'tcp://db.example.com:3306 --server-first',
      scheme: 'tcp',
      host: 'db.example.com',
      port: 3306,
      dial: { host: 'db.example.com', port: 3306 },
      serverFirst: true,
      failOnHttpError: false,
      notModelled: [],
    });
    assert.equal(parseTarget('TCP://127.1:80').host, '127.0.0.1');
    assert.equal(parseTarget('tcp://[2001:DB8::1]:80').host, '2001:DB8::1');
    assert.deepEqual(parseTarget('tcp://db:1 --resolve db:1:192.0.2.1').dial, { host: '192.0.2.1', port: 1 });
    assert.deepEqual(parseTarget('tcp://db:1 --connect-to ::other:2').dial, { host: 'other', port: 2 });
    assert.deepEqual(parseTarget('tcp://localhost:1').dial, { host: '127.0.0.1', port: 1 });
  });

  it('says what is wrong, where, and what to write', () => {
    const cases: [line: string, message: RegExp, hint: RegExp, position: number][] = [
      ['', /empty/, /write a URL/, -1],
      ['   ', /empty/, /write a URL/, -1],
      ['curl', /no URL/, /add the URL/, -1],
      ['http://x/ -I', /space/, /write curl in front/, 9],
      ['  http://x/ y', /space/, /curl/, 11],
      ["'http://x/'", /no quotes/, /remove/, 0],
      [' http://x:99999/', /99999 is no port \(curl exits with 3\)/, /0 to 65535/, 1],
      ['curl -I http://x:99999/', /99999 is no port/, /0 to 65535/, 8],
      ["curl -H 'a: b' --haeder c http://x/", /no option --haeder/, /--header/, 15],
      ['curl http://x/?a=1&b=2', /unquoted &/, /single quotes/, 18],
      ['tcp://x', /has no port/, /tcp:\/\/HOST:PORT/, 0],
      ['tcp://x:0', /has no port/, /tcp:\/\/HOST:PORT/, 0],
      ['tcp://x:99999', /no port$/, /65535/, 0],
      ['tcp://x:1/path', /more than a host and a port/, /tcp:\/\/HOST:PORT/, 0],
      ['tcp://u@x:1', /more than a host and a port/, /tcp:\/\/HOST:PORT/, 0],
      ['tcp:///x:1', /more than a host and a port/, /tcp:\/\/HOST:PORT/, 0],
      ['tcp://x:1 --server-frist', /has no --server-frist/, /--server-first/, 10],
      ['tcp://x:1 --resolve', /needs a value/, /--resolve VALUE/, 10],
      ['tcp://x:1 -I', /has no -I/, /tcp:\/\/HOST:PORT/, 10],
      ['tcp://bücher.example:1', /no host name/, /xn--/, 0],
      ['HTTPie http://x/', /HTTPie is no client/, /tcp:\/\/HOST:PORT/, 0],
      ['ftpx://x:7/', /ftpx:\/\/ is no scheme/, /tcp:\/\/x:7 .*tls:\/\/x:7/, 0],
    ];
    for (const [line, message, hint, position] of cases) {
      const error = refusal(line);
      assert.match(error.message, message, line);
      assert.match(error.hint ?? '', hint, line);
      assert.equal(error.position ?? -1, position, line);
    }
    assert.doesNotMatch(refusal('tcp://x:99999').message, /curl/);
  });
});

describe('a line as it is pasted', () => {
  it('is read for what it begins with', () => {
    const given: readonly (readonly [line: string, host: string, command: string])[] = [
      ['wget', 'wget', 'curl wget'],
      ['127', '0.0.0.127', 'curl 127'],
      ['a.example/;wget', 'a.example', "curl 'a.example/;wget'"],
      ['http://a.example/?q=“a”', 'a.example', "curl 'http://a.example/?q=“a”'"],
      ['HTTP://a.example/?q=“a”', 'a.example', "curl 'HTTP://a.example/?q=“a”'"],
      ['<http://a.example/>', 'a.example', 'curl http://a.example/'],
      ['<tcp://a.example:1>', 'a.example', 'tcp://a.example:1'],
      ['\\curl http://a.example/', 'a.example', '\\curl http://a.example/'],
      ["'curl' -s http://a.example/", 'a.example', "'curl' -s http://a.example/"],
      ['>f curl http://a.example/', 'a.example', 'curl http://a.example/'],
      ['http://b.example/ ; curl http://a.example/', 'a.example', 'curl http://a.example/'],
      ['curl http://a.example/ && echo > /dev/tcp/b.example/5', 'a.example', 'curl http://a.example/'],
      ['curl -H "A: – b" http://a.example/', 'a.example', 'curl -H "A: – b" http://a.example/'],
      ['> HTTP://a.example/', 'a.example', 'curl HTTP://a.example/'],
      ['> tcp://a.example:1', 'a.example', 'tcp://a.example:1'],
      ['> sudo curl http://a.example/', 'a.example', 'sudo curl http://a.example/'],
      ['- wget a.example', 'a.example', 'wget a.example'],
      ['$ a.example', 'a.example', 'curl a.example'],
      ["a.example/it's", 'a.example', `curl 'a.example/it'\\''s'`],
      ['http://a.example/  # why', 'a.example', 'curl http://a.example/'],
      ['a.example/?jdbc:oracle:thin:@b.example:1', 'a.example', "curl 'a.example/?jdbc:oracle:thin:@b.example:1'"],
      ['dict://a.example/', 'a.example', 'curl dict://a.example/'],
    ];
    for (const [line, host, command] of given) {
      const target = parseTarget(line);
      assert.deepEqual([target.host, target.command], [host, command], line);
    }
  });

  it('may go on in the next line, as any shell has it', () => {
    for (const end of [' \\\n', ' \\\r\n', ' `\n', ' `\r\n', ' ^\n', ' ^\r\n']) {
      const { http, command } = parseTarget(`curl${end}  -I${end}  http://a.example/`);
      assert.deepEqual([http!.method, command], ['HEAD', 'curl -I http://a.example/'], JSON.stringify(end));
      const line = `curl${end} http://x:99999/`;
      assert.equal(refusal(line).position, line.indexOf('http'), JSON.stringify(end));
    }
    assert.equal(parseTarget('http://a.example/a^').http!.path, '/a^');
  });

  it('is one word, whose errors are at its beginning', () => {
    for (const word of ['http://x:99999/', 'redis://x:99999', 'foo://x', 'constructor://x'])
      assert.throws(() => parseWord(word), { name: 'TargetError', position: 0 }, word);
  });

  it('has a prompt of fewer than 100 characters', () => {
    const prompted = (length: number): string => `u@${'h'.repeat(length - 4)}$ curl http://a.example/`;
    assert.equal(parseTarget(prompted(99)).host, 'a.example');
    assert.match(refusal(prompted(100)).message, /a space follows/);
  });

  it('is refused for what it is', () => {
    const aSpace = /^a space follows the first word/;
    const given: readonly (readonly [line: string, message: RegExp, position: number])[] = [
      ['\\', /the host contains/, 0],
      ['- foo.example', aSpace, 1],
      ['- (http://a.example/', aSpace, 1],
      ['<http://a.example/> x', aSpace, 19],
      ['( <http://a.example/>', aSpace, 1],
      ['“http://a.example/”', /^“ is none of the quotes that a shell knows$/, 0],
      ['–s', /^– is none of the dashes that a shell knows$/, 0],
      ["'curl' –s http://a.example/", /^– is none of the dashes/, 7],
      ['curl a="b" –s http://a.example/', /^– is none of the dashes/, 11],
      ['"[]"', /^a URL by itself needs no quotes$/, 0],
      ['{"url": "http://a/"}', /^this is JSON/, 0],
      ['  {"a": 1},', /^this is JSON/, 2],
      ['[{"a": 1}]', /^this is JSON/, 0],
      ['{"a": 1, "b": 2},', /^this is JSON/, 0],
      ['{"a b', aSpace, 3],
      ["wget 'http://a.example/", /never closed|unclosed|ends/, 5],
      ['GET http://a.example/ foo', /^GET is no client/, 0],
      ['say GET http://a.example/', /^say is no client/, 0],
      ['constructor://a.example/', /is no scheme that is known here$/, 0],
    ];
    for (const [line, message, position] of given) {
      const error = refusal(line);
      assert.match(error.message, message, line);
      assert.equal(error.position, position, line);
    }
  });

  it('says what is left out of it, beside what it says of the client', () => {
    const remarks = parseTarget(`ftp a.example | ${'x'.repeat(78)}; y`).remarks!;
    assert.equal(remarks.length, 2);
    assert.match(remarks[0]!, /second connection/);
    const leftOut = 'only this command of the line is looked at; left out: ';
    assert.equal(remarks[1], `${leftOut}${'x'.repeat(78)};…`);
  });
});

describe('a repository as git and scp write it', () => {
  it('leads to SSH, and prints as it is written', () => {
    const { scheme, host, port, command } = parseTarget('git@code.example:team/repo.git');
    assert.deepEqual([scheme, host, port, command], ['tcp', 'code.example', 22, 'git@code.example:team/repo.git']);
    assert.throws(() => parseTarget('http://git@code.example:team'), /team is no port/);
  });
});

describe("a URL of Oracle's driver", () => {
  it('leads to the host behind the last @', () => {
    const given: readonly (readonly [url: string, dialled: string])[] = [
      ['jdbc:oracle:thin:@a.example:1522:SID', 'a.example:1522'],
      ['jdbc:oracle:thin:@//a.example:1522/service', 'a.example:1522'],
      ['jdbc:oracle:thin:@//a.example/service', 'a.example:1521'],
      ['JDBC:Oracle:oci:user/p@ss@a.example:1522/x', 'a.example:1522'],
    ];
    for (const [url, dialled] of given) {
      const { scheme, host, port, command } = parseTarget(url);
      assert.deepEqual([scheme, `${host}:${port}`, command], ['tcp', dialled, url]);
    }
  });
});

describe('targetFromUrl', () => {
  it('equals curl with the same options', () => {
    const url = 'https://httpbin.org/a/../b';
    const fromOptions = targetFromUrl(url, {
      fail: true,
      method: 'PATCH',
      headers: ['x-env: prod', 'x-empty;'],
      userAgent: 'Mozilla',
      user: 'a:b',
      data: ['a=b', 'c=d'],
      resolve: ['httpbin.org:443:192.0.2.1'],
      connectTo: ['other:443::8443'],
      http11: true,
      noAlpn: true,
      pathAsIs: true,
      globOff: true,
    });
    const command =
      "curl -f -g -X PATCH --http1.1 --no-alpn --path-as-is -A Mozilla -u a:b -H 'x-env: prod' -H 'x-empty;' -d a=b " +
      '-d c=d --resolve httpbin.org:443:192.0.2.1 --connect-to other:443::8443 https://httpbin.org/a/../b';
    assert.deepEqual(fromOptions, parseTarget(command));
    assert.equal(fromOptions.command, command);
    const options = { head: true, http10: true, requestTarget: '/x' };
    assert.deepEqual(targetFromUrl('x', options), parseTarget('curl -I --http1.0 --request-target /x x'));
    assert.deepEqual(targetFromUrl('x', { http2: true }), parseTarget('curl --http2 x'));
    assert.deepEqual(targetFromUrl('x', { http2PriorKnowledge: true }), parseTarget('curl --http2-prior-knowledge x'));
    assert.deepEqual(targetFromUrl('x', { json: ['{}'] }), parseTarget("curl --json '{}' x"));
    assert.deepEqual(targetFromUrl('x', { head: false, headers: [] }), parseTarget('curl x'));
    assert.equal(targetFromUrl('-I.example').host, '-I.example');
    assert.throws(() => targetFromUrl('http://a/curl x'), /path contains a space/);
    assert.deepEqual(targetFromUrl("curl -H 'a: b' http://x/", { fail: true }).command, "curl -H 'a: b' http://x/ -f");
    assert.equal(targetFromUrl('http://x/?curl').host, 'x');
  });

  it('refuses a file for what it is, whatever the options', () => {
    assert.throws(() => targetFromUrl('file:///etc/hostname', { head: true }), /never reaches the network/);
  });

  it('takes raw TCP too', () => {
    assert.deepEqual(targetFromUrl('tcp://db:1', { serverFirst: true }), parseTarget('tcp://db:1 --server-first'));
    assert.deepEqual(
      targetFromUrl('tcp://db:1', { resolve: ['db:1:192.0.2.1'], connectTo: [] }),
      parseTarget('tcp://db:1 --resolve db:1:192.0.2.1'),
    );
    assert.throws(() => targetFromUrl('tcp://db:1', { head: true }), /-I has no meaning for raw TCP/);
    assert.throws(() => targetFromUrl('http://db/', { serverFirst: true }), /client speaks first/);
    assert.deepEqual(targetFromUrl('tcp://db:1', { connectTo: ['::x:2'] }).dial, { host: 'x', port: 2 });
  });

  it('takes other protocols, which have none of the options', () => {
    assert.deepEqual(targetFromUrl('redis://cache'), parseTarget('redis://cache'));
    assert.throws(() => targetFromUrl('redis://c', { head: true }), /^TargetError: -I is for HTTP, and redis:/);
    assert.throws(() => targetFromUrl('redis://c', { serverFirst: true }), /--server-first is for HTTP/);
    assert.throws(() => targetFromUrl('foo://c'), /no scheme that is known/);
  });
});

describe('targetFromCommand', () => {
  it('writes the options into what takes them', () => {
    const options = { head: true, resolve: ['x:80:192.0.2.1'] };
    const words = ['curl', 'http://x/'];
    assert.deepEqual(targetFromCommand(words, options), parseTarget('curl http://x/ -I --resolve x:80:192.0.2.1'));
    assert.equal(targetFromCommand(['tcp://db:1'], { serverFirst: true }).serverFirst, true);
    assert.equal(targetFromCommand(['nc', 'db', '1']).port, 1);
    assert.throws(() => targetFromCommand(['nc', 'db', '1'], { head: true }), /^TargetError: -I is for a URL/);
    assert.throws(() => targetFromCommand(['nc', 'db', '1'], { serverFirst: true }), /--server-first is for a URL/);
  });
});

describe('words that every object of JavaScript has', () => {
  const words = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];
  for (const form of [
    'WORD://a.com:443',
    'WORD -h a.com',
    'sudo WORD a',
    'kubectl WORD a',
    'env A=1 WORD',
    'jdbc:WORD://a.com',
  ])
    it(`are no programs and no schemes: ${form}`, () => {
      for (const word of words) assert.throws(() => parseTarget(form.replace('WORD', word)), TargetError, word);
    });
});
