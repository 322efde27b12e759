import assert from 'node:assert/strict';
import { HostParts, serverNameParts } from '../../../src/lib/analysis/request-space/names.js';
import { isSendableHost } from '../../../src/lib/analysis/request-space/request-languages.js';
import { isHostName } from '../../../src/lib/analysis/request-space/witness.js';
import type { ProtocolLevel, ServerNameLevel } from '../../../src/lib/simulator/envoy/filter-chain-match.js';
import { matcherOfAnySize } from '../../../src/lib/simulator/envoy/re2.js';
import type { RouteConfiguration } from '../../../src/lib/simulator/envoy/types.js';
import { createVirtualHostMatcher } from '../../../src/lib/simulator/envoy/virtual-host.js';
import type { RouteTable } from '../../../src/lib/simulator/route-table.js';

const at = { object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } }, path: [] };

/** A table whose virtual hosts have these domains. */
function table(domains: readonly string[], more: Partial<RouteConfiguration> = {}): RouteTable {
  const virtualHosts = [{ domains, routes: [], source: at }];
  const configuration: RouteConfiguration = { name: 'r', port: 80, origin: 'egress', virtualHosts, ...more };
  const virtualHost = createVirtualHostMatcher(configuration);
  return { configuration, refusals: [], state: 'accepted', before: [], virtualHost, routes: new Map() };
}

const unported = (domains: readonly string[]) => table(domains, { ignoresPort: true });

/** Which part each Host of a port's tables lies in, as one of it. */
const witnesses = (tables: readonly RouteTable[], port = 80) =>
  Object.fromEntries(new HostParts(tables, port).parts.map(({ part, witness }) => [part.name, witness]));

describe('the parts that Hosts are cut into', () => {
  it('are each domain, each wildcard, where wildcards meet, and all others, with a Host that people would write', () => {
    assert.deepEqual(witnesses([table(['b.test:80', 'b.test', '*.b.test', 'WWW.b.test', 'api.*', 'a.test'])]), {
      'a.test': 'a.test',
      'b.test': 'b.test',
      'b.test:80': 'b.test:80',
      'www.b.test': 'www.b.test',
      '*.b.test': 'api.b.test',
      'api.*': 'api.www',
      'any other': 'example.com',
    });
  });

  it('have the usual form first: without its port on port 80, with it on others', () => {
    const domains = ['b.test', 'b.test:8080', 'b.test:80', 'a.test:8080', 'a.test'];
    const order = (port: number) => new HostParts([table(domains)], port).parts.map(({ part }) => part.name);
    assert.deepEqual(order(80), ['a.test', 'a.test:8080', 'b.test', 'b.test:80', 'b.test:8080', 'any other']);
    assert.deepEqual(order(8080), ['a.test:8080', 'a.test', 'b.test:8080', 'b.test', 'b.test:80', 'any other']);
    assert.equal(witnesses([table(domains)], 8080)['any other'], 'example.com:8080');
    assert.deepEqual(Object.keys(witnesses([table(['[::1]', '[::1]:8080'])], 8080)), [
      '[::1]:8080',
      '[::1]',
      'any other',
    ]);
  });

  it('leave out what no Host lies in, and no client can send', () => {
    assert.deepEqual(Object.keys(witnesses([table(['*', 'http://x', 'a b', '*.test'])])), ['*', '*.test']);
  });

  it('find a Host for wildcards whose usual examples are domains themselves', () => {
    const taken = ['www', 'api', 'a', 'b', 'x'];
    const suffixed = taken.map((label) => `${label}.test`);
    assert.equal(witnesses([table(['*.test', ...suffixed])])['*.test'], 'other-1.test');
    assert.equal(witnesses([table(['pre.*', ...taken.map((label) => `pre.${label}`)])])['pre.*'], 'pre.other-1');
    assert.equal(
      witnesses([table(['example.com', ...taken.map((label) => `${label}.example.com`)])])['any other'],
      'www.example.org',
    );
  });

  it('have examples that look like names, of wildcards and of where they meet', () => {
    assert.deepEqual(witnesses([table(['*b.test'])]), { '*b.test': 'www.b.test', 'any other': 'example.com' });
    const wildcards = [table(['api.*', 'api.www.b']), table(['*.b'])];
    assert.deepEqual(witnesses(wildcards), {
      'api.www.b': 'api.www.b',
      '*.b': 'www.b',
      'api.*': 'api.www',
      '*.b and api.*': 'api.api.b',
      'any other': 'example.com',
    });
    assert.equal(witnesses([table(['*.test']), table(['www.test'])])['*.test'], 'api.test');
    assert.equal(witnesses([table(['example.com'])], 8080)['any other'], 'www.example.com:8080');
    assert.equal(witnesses([table(['a.test']), unported(['b.test'])])['any other'], 'example.com');
  });

  it('hold every port that no domain names, beside a table where ports count', () => {
    for (const [port, named] of [
      [80, 9999],
      [9999, 9999],
      [9998, 9998],
    ] as const) {
      for (const name of ['a.test', '*.test']) {
        const parts = new HostParts([table([name, `${name}:${named}`]), unported([name])], port);
        const part = parts.partOf('a.test:7');
        assert.ok(
          parts.parts.some((one) => one.part.name === part),
          `${name} on port ${port}: ${part}`,
        );
      }
    }
    assert.deepEqual(witnesses([table(['*:8080'])], 8080), { '*:8080': 'www.:8080', 'any other': 'example.com' });
  });

  it('and server names have one that holds whatever the others do not name', () => {
    const rest = { name: 'any other', rest: true };
    assert.deepEqual(new HostParts([table(['a.test'])], 80).parts.at(-1)!.part, rest);
    assert.deepEqual(serverNameParts([]).parts[0]!.part, rest);
  });

  it('of tables that look at no port hold every port, which an example shows', () => {
    const parts = new HostParts([unported(['a.test', '*'])], 80);
    assert.deepEqual(
      ['a.test', 'A.test:80', 'a.test.', 'a.test:1', 'b.test'].map((host) => parts.partOf(host)),
      ['a.test[:PORT]', 'a.test[:PORT]', 'a.test[:PORT]', 'a.test[:PORT]', 'any other'],
    );
  });
});

const DOMAINS: readonly (readonly string[])[] = [
  [],
  ['*'],
  ['a.b', 'A.b:80', 'x.a.b'],
  ['*.a.b', '*.b', 'x.a.b'],
  ['*b', '*.b', 'a.b'],
  ['a.*', 'a.a.*', 'a.a.b', '*.b'],
  ['a*', '*b', 'ab', '*'],
  ['*', '*.b', 'a.*'],
];
const HOSTS = [
  'a',
  'b',
  'ab',
  'a.b',
  'x.a.b',
  'a.a',
  'a.a.b',
  'x.b',
  'x.x.b',
  'a.x',
  'a.a.x',
  'xb',
  'ax',
  'x',
  '.b',
  'A.B',
]
  .flatMap((host) => [host, `${host}:80`, `${host}:8080`, `${host}.`])
  .concat('x.a.b.:80');

/** All tables, of both sorts. */
const one = DOMAINS.flatMap((domains) => [[table(domains)], ...(domains.includes('a*') ? [] : [[unported(domains)]])]);

const naming = (tables: readonly RouteTable[]) =>
  tables
    .map(
      ({ configuration: { virtualHosts, ignoresPort } }) =>
        `${virtualHosts[0]!.domains.join(' ')}${ignoresPort ? ' of any port' : ''}`,
    )
    .join(' beside ');

describe('where a Host lies', () => {
  const beside = one.map(([first]): [what: string, worlds: RouteTable[][]] => [
    `${naming([first!])} beside another table`,
    one.map(([other]) => [first!, other!]),
  ]);
  for (const [what, worlds] of [['one table', one] as const, ...beside]) {
    it(`of ${what}: Hosts of one part meet the same domains, and its example is one of them`, () => {
      for (const tables of worlds) {
        const parts = new HostParts(tables, 80);
        const met = (host: string) => tables.map((own) => own.virtualHost(host)?.domain.toLowerCase()).join();
        const byPart = new Map(parts.parts.map(({ part, witness }) => [part.name, witness!]));
        for (const [name, witness] of byPart) assert.equal(parts.partOf(witness), name, naming(tables));
        for (const host of HOSTS) {
          const name = parts.partOf(host);
          assert.ok(byPart.has(name), `${host} of ${naming(tables)}: ${name}`);
          assert.equal(met(host), met(byPart.get(name)!), `${host} of ${naming(tables)}: ${name}`);
        }
      }
    });

    it(`of ${what}: the language of a part has all of its Hosts, and no others`, () => {
      for (const tables of worlds) {
        const parts = new HostParts(tables, 80);
        for (const { part, witness } of parts.parts) {
          const language = parts.languageOf(part.name);
          if (!language) continue;
          const [matches, isExcept] = [
            matcherOfAnySize(language.pattern)!,
            language.except === undefined ? undefined : matcherOfAnySize(language.except)!,
          ];
          for (const host of [...HOSTS, witness!].filter(isSendableHost)) {
            const isIn = matches(host) && !isExcept?.(host);
            assert.equal(isIn, parts.partOf(host) === part.name, `${host} of ${naming(tables)}: ${part.name}`);
          }
        }
      }
    });
  }

  it('is told by a language of the narrowest domain, less those that are compared before', () => {
    const languages = (tables: readonly RouteTable[]) => {
      const parts = new HostParts(tables, 80);
      return parts.parts.map(({ part: { name } }) => {
        const language = parts.languageOf(name);
        const [own, less] = [language?.pattern, language?.except].map((text) =>
          text?.replaceAll(/\[!.*?~\]\+/g, '*').replaceAll(/\(\?i\)|\\(?![.]\?)/g, ''),
        );
        return `${name}: ${own}${less === undefined ? '' : ` less ${less}`}`;
      });
    };
    const anyPort = '\\.?(?::[0-9]+)?';
    const rows: [tables: RouteTable[], expected: string[]][] = [
      [
        [table(['a.*']), table(['a.a.*'])],
        ['a.*: a.* less a.a.*', 'a.a.*: a.a.*', 'any other: * less a.*|a.a.*'],
      ],
      [
        [table(['*.b']), table(['*.a.b'])],
        ['*.a.b: *.a.b', '*.b: *.b less *.a.b', 'any other: * less *.a.b|*.b'],
      ],
      [
        [table(['a.b']), table(['*.b'])],
        ['a.b: a.b', '*.b: *.b less a.b', 'any other: * less *.b|a.b'],
      ],
      [
        [table(['a.b']), table(['a.*'])],
        ['a.b: a.b', 'a.*: a.* less a.b', 'any other: * less a.*|a.b'],
      ],
      [
        [table(['a*']), table(['a.*'])],
        ['a*: a* less a.*', 'a.*: a.*', 'any other: * less a*|a.*'],
      ],
      [
        [table(['*.b']), table(['*'])],
        ['*: * less *.b', '*.b: *.b'],
      ],
      [
        [table(['a.*']), table(['*'])],
        ['*: * less a.*', 'a.*: a.*'],
      ],
      [
        [table(['a.b:80']), unported(['a.b'])],
        ['a.b:80: a.b:80', `a.b[:PORT]: a.b${anyPort} less a.b:80`, `any other: * less a.b:80|a.b${anyPort}`],
      ],
      [
        [table(['[::1]:80']), unported(['[::1]'])],
        [
          '[::1]:80: [::1]:80',
          `[::1][:PORT]: [::1]${anyPort} less [::1]:80`,
          `any other: * less [::1]:80|[::1]${anyPort}`,
        ],
      ],
      [
        [unported(['a.b']), unported(['*.b'])],
        [
          `*.b[:PORT] and a.b[:PORT]: a.b${anyPort}`,
          `*.b[:PORT]: *.b${anyPort} less a.b${anyPort}`,
          `any other: * less *.b${anyPort}|a.b${anyPort}`,
        ],
      ],
      [
        [table(['x.b:80']), unported(['*.b'])],
        ['x.b:80: x.b:80', `*.b[:PORT]: *.b${anyPort} less x.b:80`, `any other: * less *.b${anyPort}|x.b:80`],
      ],
      [
        [table(['*.b', '*.b:80']), unported(['*.b'])],
        [
          '*.b and *.b[:PORT]: *.b less *.b:80',
          '*.b:80 and *.b[:PORT]: *.b:80',
          `*.b[:PORT]: *.b${anyPort} less *.b|*.b:80`,
          `any other: * less *.b|*.b:80|*.b${anyPort}`,
        ],
      ],
      [
        [table(['*.b']), unported(['a.b'])],
        [
          '*.b and a.b[:PORT]: undefined',
          `a.b[:PORT]: a.b${anyPort} less *.b`,
          `*.b: *.b less a.b${anyPort}`,
          `any other: * less *.b|a.b${anyPort}`,
        ],
      ],
      [
        [table(['a.*']), table(['*.b'])],
        ['*.b: *.b less a.*', 'a.*: a.* less *.b', '*.b and a.*: undefined', 'any other: * less *.b|a.*'],
      ],
      [
        [table(['a.*', 'b.*', '*.b', '*.c', 'a.b', 'x.b:80'])],
        [
          'a.b: a.b',
          'x.b:80: x.b:80',
          '*.b: *.b less a.b|x.b:80',
          '*.c: *.c',
          'a.*: a.* less *.b|*.c|a.b',
          'b.*: b.* less *.b|*.c',
          'any other: * less *.b|*.c|a.*|a.b|b.*|x.b:80',
        ],
      ],
    ];
    for (const [tables, expected] of rows) assert.deepEqual(languages(tables), expected, naming(tables));
  });

  it('cannot be told by a language only where wildcards of two tables meet without one within the other', () => {
    const unknown = (tables: readonly RouteTable[]) => {
      const parts = new HostParts(tables, 80);
      return parts.parts.map(({ part }) => part.name).filter((name) => parts.languageOf(name) === undefined);
    };
    for (const tables of one) assert.deepEqual(unknown(tables), [], naming(tables));
    assert.deepEqual(unknown([table(['a.*']), table(['*.b'])]), ['*.b and a.*']);
  });
});

const level = (exact: readonly string[], wildcards: readonly string[] = []): ServerNameLevel => {
  const entry: ProtocolLevel = { byProtocol: new Map() };
  const named = (names: readonly string[]) => new Map(names.map((name) => [name, entry]));
  return { exact: named(exact), wildcards: named(wildcards) };
};

describe('the parts that server names are cut into', () => {
  it('are each name and each wildcard less what is more specific, all others, and none at all', () => {
    const { parts, partOf } = serverNameParts([level(['www.b.test'], ['.test']), level(['a.test'], ['.b.test', '.i'])]);
    assert.deepEqual(
      parts.map(({ part, witness }) => [part.name, witness]),
      [
        ['a.test', 'a.test'],
        ['www.b.test', 'www.b.test'],
        ['*.b.test', 'api.b.test'],
        ['*.i', 'www.i'],
        ['*.test', 'www.test'],
        ['any other', 'example.com'],
        ['no name', null],
      ],
    );
    assert.deepEqual(
      ['a.test', 'x.a.test', 'b.test', 'x.b.test', 'y.x.b.test', 'x..test', '.test', 'x.i'].map(partOf),
      ['a.test', '*.test', '*.test', '*.b.test', '*.b.test', '*.test', '*.test', '*.i'],
    );
    assert.deepEqual(['test', 'x.test.', '', null].map(partOf), ['any other', 'any other', 'any other', 'no name']);
    assert.equal(serverNameParts([level([], ['.'])]).partOf('x.'), 'any other');
  });

  it('leave out what no client can send', () => {
    const { parts } = serverNameParts([level(['192.0.2.1', 'a..test', '', 'UP.test'], ['.1', '.', '..x'])]);
    assert.deepEqual(
      parts.map(({ part }) => part.name),
      ['UP.test', 'any other', 'no name'],
    );
  });

  it('find a name in what is left of a wildcard, and outside of all', () => {
    const taken = ['www', 'api', 'a', 'b', 'x'];
    const { parts } = serverNameParts([
      level(['example.com', ...taken.map((label) => `${label}.test`)], ['.test', '.example.com']),
    ]);
    const witness = (name: string) => parts.find(({ part }) => part.name === name)?.witness;
    assert.equal(witness('*.test'), 'other-1.test');
    assert.equal(witness('any other'), 'www.example.org');
  });
});

describe('a host name', () => {
  it('is what curl takes in a URL and sends as server name: no address, however it is written, and no empty label', () => {
    const takes = ['a', 'a.test', 'A_b-c.Test', '1a.test', 'x0', '0x.test', '1.test', 'a.b1', 'a.0xg'];
    const not = [
      '',
      '.a',
      'a.',
      '-a',
      'a-',
      'a..b',
      'a b',
      'é',
      '1',
      '1.2.3.4',
      '127.1',
      'a.1',
      '0x7f',
      'a.0x7F',
      'a.0x',
      '0X',
    ];
    assert.deepEqual([...takes, ...not].filter(isHostName), takes);
  });
});
