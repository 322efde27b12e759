import assert from 'node:assert/strict';
import { hostAndPortOf, portOf, serverNameOf, withoutCurl } from '../../../src/lib/simulator/request/endpoint.js';
import { brief, relocated } from '../../../src/lib/simulator/request/error.js';
import { parseTarget, TargetError, type Target } from '../../../src/lib/simulator/request/index.js';

function refusal(run: () => unknown): TargetError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof TargetError, String(error));
    return error;
  }
  return assert.fail('it was not refused');
}

describe('a host and its port', () => {
  it('are a name or an address, and a number', () => {
    const given: readonly (readonly [text: string, port: number | undefined, read: string])[] = [
      ['db.example:5432', undefined, 'db.example 5432'],
      ['db:1', 2, 'db 1'],
      ['db', 2, 'db 2'],
      ['db:', 2, 'db 2'],
      ['[2001:db8::1]:65535', undefined, '[2001:db8::1] 65535'],
      ['[2001:db8::1]', 2, '[2001:db8::1] 2'],
    ];
    for (const [text, own, read] of given) {
      const { host, port } = hostAndPortOf(text, own);
      assert.equal(`${host} ${port}`, read, text);
    }
    for (const text of ['', 'db', 'db:', ':80', 'a:1:2', 'a:b:c', '[::1]x:1', 'x[::1]:1'])
      assert.match(refusal(() => hostAndPortOf(text)).message, /is not HOST:PORT$/, text);
    for (const text of ['', ':80', 'a:1:2'])
      assert.match(refusal(() => hostAndPortOf(text, 2)).message, /HOST:PORT$/, text);
  });

  it('have a port that there is', () => {
    for (const text of ['1', '65535', '00080']) assert.equal(portOf(text), Number(text));
    for (const text of ['', '0', '65536', '-1', '+80', ' 80', '80 ', '0x50', '8e1', '80.0', '80x', 'http']) {
      const { message, hint, position } = refusal(() => portOf(text, 7));
      assert.deepEqual([message, hint, position], [`${text} is no port`, 'write a number from 1 to 65535', 7]);
    }
  });

  it('have a server name, unless the host is an address', () => {
    const given: readonly (readonly [host: string, name: string | null])[] = [
      ['A.Example.', 'a.example'],
      ['.', null],
      ['192.0.2.1', null],
      ['2001:db8::1', null],
    ];
    for (const [host, name] of given) assert.equal(serverNameOf(host), name, host);
  });
});

describe('tcp://, tls:// and udp://', () => {
  it('are read with their options, in any case', () => {
    const given: readonly (readonly [line: string, scheme: Target['scheme'], dialled: string, sni?: string | null])[] =
      [
        ['TLS://A.Example:1', 'tls', 'A.Example:1', 'a.example'],
        ['ssl://a.example:1', 'tls', 'a.example:1', 'a.example'],
        ['tls://a.example:1 --sni B.example --alpn h2', 'tls', 'a.example:1', 'b.example'],
        ['tls://a.example:1 --no-sni', 'tls', 'a.example:1', null],
        ['udp://a.example:53 --resolve a.example:53:192.0.2.1', 'udp', '192.0.2.1:53'],
        ['tcp://a.example:1 --resolve x:1:192.0.2.1 --resolve a.example:1:192.0.2.2', 'tcp', '192.0.2.2:1'],
        ['tcp://a.example:1 --resolve a.example:1:192.0.2.2 --resolve x:1:192.0.2.1', 'tcp', '192.0.2.2:1'],
        ['tcp://[2001:db8::1]:80 --connect-to [2001:db8::1]:80:b.example:81', 'tcp', 'b.example:81'],
        ['tcp://a.example:80 --connect-to a.example:80:b.example:81', 'tcp', 'b.example:81'],
      ];
    for (const [line, scheme, dialled, sni] of given) {
      const target = parseTarget(line);
      assert.equal(target.scheme, scheme, line);
      assert.equal(`${target.dial.host}:${target.dial.port}`, dialled, line);
      assert.equal(target.tls?.sni, sni, line);
    }
    assert.equal(parseTarget('a.example/?u=tcp://b.example:1').scheme, 'http');
    const waits = (line: string) => parseTarget(line).serverFirst;
    assert.deepEqual(['socat - TCP:a.example:25', 'socat - UDP:192.0.2.53:53'].map(waits), [true, false]);
    const alpn = (line: string) => parseTarget(line).tls?.alpn;
    assert.deepEqual(alpn('tls://a.example:1 --alpn h3 --alpn h2 --alpn h2,http/1.1'), ['h2', 'http/1.1']);
    assert.deepEqual(alpn('tls://a.example:1'), []);
  });

  it('are refused with what to write', () => {
    const tls = 'write tls://HOST:PORT [--sni NAME | --no-sni] [--alpn NAME,NAME]';
    const given: readonly (readonly [line: string, message: string, hint: string])[] = [
      ['tcp://x:1 --sni a', 'a raw TCP target has no --sni', 'write tcp://HOST:PORT [--server-first]'],
      ['tls://x:1 --server-first', 'a tls:// target has no --server-first', tls],
      ['udp://x:1 --sni a', 'a udp:// target has no --sni', 'write udp://HOST:PORT'],
      ['udp://x', 'udp://x has no port', 'write udp://HOST:PORT'],
      ['tls://x:1?q', 'tls://x:1?q is more than a host and a port', tls],
      ['tls://x:1#f', 'tls://x:1#f is more than a host and a port', tls],
      ['tls:///x:1', 'tls:///x:1 is more than a host and a port', tls],
      ['nc x[::1] 1', 'x[::1] is no host name', 'write an international name in its xn-- form'],
      ['nc [::1]x 1', '[::1]x is no host name', 'write an international name in its xn-- form'],
      ['psql postgres://%c3%a9.example', 'é.example is no host name', 'write an international name in its xn-- form'],
    ];
    for (const [line, message, hint] of given) {
      const error = refusal(() => parseTarget(line));
      assert.deepEqual([error.message, error.hint], [message, hint], line);
    }
  });
});

describe('an error of a part', () => {
  const cause = new Error('the cause');
  const error = new TargetError('it is odd (curl exits with 3)', 'write it', 4, 3, { cause });
  const fail = (): never => {
    throw error;
  };
  const told = (run: () => unknown): unknown[] => {
    const { message, hint, position, curlExitCode, cause } = refusal(run);
    return [message, hint, position, curlExitCode, cause];
  };

  it('is told in another place, and without curl', () => {
    const moved = told(() => relocated(fail, (position) => position! + 10));
    assert.deepEqual(moved, ['it is odd (curl exits with 3)', 'write it', 14, 3, cause]);
    assert.deepEqual(
      told(() => withoutCurl(fail)),
      ['it is odd', 'write it', 4, undefined, cause],
    );
  });

  it('is a defect where it is none of a target', () => {
    const defect = (): never => {
      throw new RangeError('a defect');
    };
    assert.throws(() => relocated(defect, () => 0), RangeError);
    assert.throws(() => withoutCurl(defect), RangeError);
  });

  it('shows a long text cut', () => {
    assert.deepEqual([brief('x'.repeat(80)), brief('x'.repeat(81))], ['x'.repeat(80), `${'x'.repeat(79)}…`]);
  });
});
