import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseCurl, TargetError, type Target } from '../../../src/lib/simulator/request/index.js';
import { quoteShellWord } from '../../../src/lib/text/shell.js';
import type { CurlGolden, GoldenCase } from './golden.js';

const golden = JSON.parse(readFileSync(new URL('curl-golden.json', import.meta.url), 'utf8')) as CurlGolden;

/** The target as the recorder would have seen it: the lines of the request, uncertain values masked. */
function wireOf(target: Target): string[] {
  const { version, method, path, authority, headers } = target.http!;
  if (version === '2') {
    return [
      `:method: ${method}`,
      `:path: ${path}`,
      ':scheme: http',
      ...(authority === null ? [] : [`:authority: ${authority}`]),
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
  }
  const host = authority === null ? [] : [`Host: ${authority}`];
  return [`${method} ${path} HTTP/${version}`, ...host, ...headers.map(([name, value]) => `${name}: ${value}`)];
}

/** Header lines as Envoy reads them: value without surrounding blanks, Host first. */
function normalize(lines: readonly string[], uncertain: readonly string[]): string[] {
  const [first, ...rest] = lines;
  const headers = rest.flatMap((line) => {
    const match = /^(:?[^:]*):(.*)$/.exec(line)!;
    const name = /^host$/i.test(match[1]!) ? 'Host' : match[1]!;
    return uncertain.includes(name.toLowerCase()) ? [] : [`${name}: ${match[2]!.trim()}`];
  });
  const isHost = (line: string): boolean => line.startsWith('Host: ');
  return [first!, ...headers.filter(isHost), ...headers.filter((line) => !isHost(line))];
}

const dialled = ({ host, port }: Target['dial']): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function check(recorded: GoldenCase): void {
  const target = parseCurl(recorded.args);
  if (recorded.to === undefined) {
    assert.equal(
      recorded.exit,
      6,
      `curl exits with ${recorded.exit} without connecting; parsed: ${JSON.stringify(target)}`,
    );
    return;
  }
  // curl tries ::1 first for localhost; both are this machine.
  const isLocalhost = recorded.to.startsWith('[::1]') && target.dial.host === '127.0.0.1';
  assert.equal(isLocalhost ? `[::1]:${target.dial.port}` : dialled(target.dial).toLowerCase(), recorded.to);
  // What the target itself calls not modelled need not agree.
  const unknown = target.notModelled.filter((reason) => !reason.includes('UTF-8 locale'));
  if (unknown.some((reason) => /curl speaks/.test(reason))) return;
  assert.deepEqual(target.tls, recorded.tls);
  if (recorded.wire === undefined || unknown.some((reason) => /not read|token/.test(reason))) return;
  const uncertain = target.http!.uncertainHeaders ?? [];
  // the server that recorded HTTP/2 passed over names that are no tokens
  const told = wireOf(target).filter((line) => target.http!.version !== '2' || !/^[^:]* [^:]*:/.test(line));
  assert.deepEqual(normalize(told, uncertain), normalize(recorded.wire.split('\n'), uncertain));
}

describe(`what ${golden.curl.split(' ').slice(0, 2).join(' ')} puts on the wire`, () => {
  for (const [group, cases] of Object.entries(golden.groups)) {
    it(group, () => {
      for (const recorded of cases) {
        try {
          check(recorded);
        } catch (error) {
          const line = `curl ${recorded.args.map(quoteShellWord).join(' ')}`;
          if (!(error instanceof TargetError)) throw new Error(line, { cause: error });
          if (/one request/.test(error.message)) continue;
          assert.equal(recorded.wire, undefined, `${line} is refused: ${error.message}`);
          assert.equal(error.curlExitCode ?? 0, recorded.exit, `${line}: ${error.message}`);
        }
      }
    });
  }
});
