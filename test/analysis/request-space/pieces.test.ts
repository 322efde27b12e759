import assert from 'node:assert/strict';
import { describeVectors } from '../../../src/lib/analysis/request-space/describe.js';
import {
  Diagram,
  follow,
  type Alternative,
  type Leaf,
  type Node,
  type Point,
} from '../../../src/lib/analysis/request-space/diagram.js';
import { fingerprint, Numbering } from '../../../src/lib/analysis/request-space/fingerprint.js';
import {
  mergePicks,
  outcomeKey,
  Senders,
  ownerText,
  targetOf,
  type Pick,
} from '../../../src/lib/analysis/request-space/index.js';
import { sendersUnder } from '../../../src/lib/analysis/request-space/senders.js';
import { withCommand } from '../../../src/lib/analysis/request-space/witness.js';
import type { Client } from '../../../src/lib/simulator/clients.js';
import type { Cluster } from '../../../src/lib/simulator/envoy/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { Simulation } from '../../../src/lib/simulator/simulation.js';
import type { Alternative as Ways, Verdict } from '../../../src/lib/simulator/verdict.js';

const ref = (kind: string, name: string, namespace?: string) => ({
  object: { apiVersion: 'v1', kind, metadata: { name, ...(namespace !== undefined && { namespace }) } },
  path: ['spec'],
});

describe('a diagram of decisions', () => {
  let diagram: Diagram;
  let yes: Leaf;
  let no: Leaf;
  beforeEach(() => {
    diagram = new Diagram();
    [yes, no] = [diagram.leaf('yes'), diagram.leaf('no')];
  });
  const alternative = (name: string, child: Alternative['child']): Alternative => ({
    part: { name },
    pick: { path: `/${name}` },
    child,
  });
  const partOf = ({ target }: Point) => target.command;
  const at = (command: string): Point => ({ target: { ...targetOf({}), command }, address: { family: 4, value: 1 } });

  it('has one leaf for each key, and for each region that is undecided', () => {
    assert.equal(diagram.leaf('yes'), yes);
    assert.notEqual(yes.id, no.id);
    const region = { dimension: 'path', bound: 'states', limit: 1, port: 80, domains: [], at: [] } as const;
    const undecided = diagram.leaf('yes', region);
    assert.deepEqual([undecided.undecided, yes.undecided], [region, undefined]);
    assert.equal(diagram.leaf('no', { ...region }), undecided);
    assert.notEqual(diagram.leaf('yes', { ...region, port: 81 }), undecided);
  });

  it('leaves out a choice that makes no difference, and has each other once', () => {
    assert.equal(diagram.choice('x', [alternative('a', yes), alternative('b', yes)], partOf), yes);
    const parts = [alternative('a', yes), alternative('b', no), alternative('c', yes)];
    const choice = diagram.choice('x', parts, partOf);
    assert.equal(diagram.choice('x', parts, partOf), choice);
    for (const other of [
      diagram.choice('y', parts, partOf),
      diagram.choice('x', parts, partOf, 'scope'),
      diagram.choice('x', [...parts.slice(0, 2), alternative('d', yes)], partOf),
      diagram.choice('x', [alternative('a', no), alternative('b', yes), alternative('c', yes)], partOf),
    ])
      assert.notEqual(other, choice);
    const above = (child: Node) => diagram.choice('z', [alternative('a', child), alternative('b', yes)], partOf);
    assert.notEqual(above(choice), above(diagram.choice('y', parts, partOf)));
    assert.ok(choice.kind === 'choice' && yes.kind === 'leaf');
    assert.deepEqual([choice.parts, choice.picks], [parts.map(({ part }) => part), parts.map(({ pick }) => pick)]);
    assert.deepEqual(
      choice.edges.map(({ parts: own, pick, child }) => [own, pick.path, child]),
      [
        [[0, 2], '/a', yes],
        [[1], '/b', no],
      ],
    );
    const { edges, leaf } = follow(choice, at('c'));
    assert.deepEqual([edges, leaf], [[[choice, choice.edges[0]]], yes]);
    assert.throws(() => follow(choice, at('z')), /a request lies in no part of the x: z/);
  });
});

describe('a structure as text', () => {
  it('says every field but where it was written', () => {
    const at = ref('X', 'x');
    assert.equal(
      fingerprint({ a: 1, at, list: [at, ref('Y', 'y')], none: [], b: { c: [2, at] } }),
      '{"a":1,"b":{"c":[2,null]}}',
    );
    assert.notEqual(fingerprint({ a: { object: 1 } }), fingerprint({ a: { object: 2 } }));
    assert.notEqual(fingerprint({ a: { path: 1 } }), fingerprint({ a: { path: 2 } }));
    assert.equal(fingerprint({ a: () => 1, b: 2 }), '{"b":2}');
    assert.equal(fingerprint([at]), '[null]');
  });

  it('says what maps and sets hold, in whatever order', () => {
    const [one, other] = [
      new Map<unknown, unknown>([
        ['b', 1],
        ['a', { c: null }],
      ]),
      new Map<unknown, unknown>([
        ['a', { c: null }],
        ['b', 1],
      ]),
    ];
    assert.equal(fingerprint({ m: one, s: new Set(['y', 'x']) }), '{"m":[["a",{"c":null}],["b",1]],"s":["x","y"]}');
    assert.equal(fingerprint(one), fingerprint(other));
  });

  it('leaves out fields of the structure itself, not of what it holds', () => {
    assert.equal(fingerprint({ a: 1, b: { a: 2 } }, ['a']), '{"b":{"a":2}}');
  });

  it('has a number, the same for the same text', () => {
    const numbering = new Numbering();
    assert.deepEqual(
      ['a', 'b', 'a', 'c', 'b'].map((text) => numbering.of(text)),
      [0, 1, 0, 2, 1],
    );
  });
});

describe('what is equal about outcomes', () => {
  const clusters = new Map<string, Cluster>([
    ['dns', { name: 'dns', limits: [null], kind: 'dns', host: 'a.test', port: 80 }],
    ['static', { name: 'static', limits: [null], kind: 'static', endpoints: [{ address: '192.0.2.1', port: 80 }] }],
    ['other', { name: 'other', limits: [null], kind: 'static', endpoints: [{ address: '192.0.2.2', port: 80 }] }],
    ['dialled', { name: 'dialled', limits: [null], kind: 'original-destination' }],
    ['any', { name: 'any', limits: [null], kind: 'dynamic-dns', port: 80 }],
    ['any on 81', { name: 'any on 81', limits: [null], kind: 'dynamic-dns', port: 81 }],
    ...['shop', 'shop2'].map((name): [string, Cluster] => [
      name,
      {
        name,
        limits: [null],
        kind: 'mesh-service',
        service: ref('Service', name),
        endpoints: 'some',
        farSide: { others: 'open' },
      },
    ]),
  ]);
  const client = (pod: string, container: string, ...senders: string[]): Client =>
    ({
      pod: { metadata: { name: pod } },
      senders,
      conditions: [
        { kind: 'pod-is', pod },
        { kind: 'container-is', container },
      ],
    }) as unknown as Client;
  const sentBy = (...clients: Client[]) => ({ program: { clusters }, clients }) as unknown as Simulation;
  const simulation = sentBy({ ...client('p', 'c', 'p/c'), conditions: [] });
  const to = (cluster: string | null, more: object = {}): Partial<Ways> => ({
    destination: { address: '192.0.2.1', host: 'a.test', port: 80, cluster, ...more },
  });
  const ending = (more: Partial<Ways>): Ways => ({
    outcome: { class: 'reached', httpStatus: null, delaySeconds: 0, curlExitCode: 0 } as unknown as Ways['outcome'],
    destination: null,
    decidedBy: [],
    when: [],
    ...more,
  });
  const verdict = (more: Partial<Verdict>): Verdict => ({
    verdict: 'allowed',
    ending: null,
    alternatives: [],
    assumptions: [],
    obstacles: [],
    ...more,
  });
  const key = (more: Partial<Ways>, detail: 'outcome' | 'policies' = 'outcome') =>
    outcomeKey(simulation, verdict({ ending: ending(more) }), detail);
  const isEqual = (one: Partial<Ways>, other: Partial<Ways>) => key(one) === key(other);
  const outcome = (more: object) => ({ outcome: { ...ending({}).outcome, ...more } });

  it('is what the client sees', () => {
    assert.ok(!isEqual({}, outcome({ class: 'closed' })));
    assert.ok(!isEqual({}, outcome({ httpStatus: 404 })));
    assert.ok(!isEqual({}, outcome({ delaySeconds: 15 })));
    assert.notEqual(
      outcomeKey(simulation, verdict({ verdict: 'denied' }), 'outcome'),
      outcomeKey(simulation, verdict({}), 'outcome'),
    );
  });

  it('is where it ends up: what Envoy resolves, a service, fixed addresses; of the address that was dialled, or the name asked for, it goes without saying', () => {
    assert.ok(!isEqual(to('dns'), to('dns', { host: 'b.test' })));
    assert.ok(!isEqual(to('dns'), to('dns', { port: 81 })));
    assert.ok(!isEqual(to('dns'), to('dns', { address: null })));
    assert.ok(!isEqual(to('any'), to('any on 81')));
    assert.ok(!isEqual(to('any'), to('dns')));
    for (const cluster of ['static', 'shop', 'dialled', 'any', null])
      assert.ok(isEqual(to(cluster), to(cluster, { host: 'b.test', address: '192.0.2.9' })), String(cluster));
    assert.ok(!isEqual(to('static'), to('other')));
    assert.ok(!isEqual(to('shop'), to('shop2')));
    assert.ok(isEqual(to('dialled'), to(null)));
    const near = { port: 81, address: '92.0.2.1' };
    assert.ok(!isEqual(to('dns', near), to('dns', { port: 8, address: '192.0.2.1' })));
  });

  it('is every way in which it may end, and every reason not to know, in whatever order', () => {
    const [reached, closed] = [ending({}), ending(outcome({ class: 'closed' }))];
    const text = (alternatives: Ways[], obstacles: Verdict['obstacles'] = []) =>
      outcomeKey(simulation, verdict({ verdict: 'unknown', alternatives, obstacles }), 'outcome');
    assert.equal(text([reached, closed]), text([closed, reached, closed]));
    assert.notEqual(text([reached, closed]), text([closed]));
    const [details, loop, another] = [
      { code: 'request-not-modelled', details: ['a'] },
      { code: 'connects-to-itself', port: 1 },
      { code: 'connects-to-itself', port: 2 },
    ] as const;
    assert.equal(text([], [details, loop]), text([], [loop, another, details]));
    assert.notEqual(text([], [details]), text([], [{ ...details, details: ['b'] }]));
    assert.notEqual(text([], [loop]), text([]));
  });

  it('is who fares so, of those that all programs know', () => {
    const closed = ending(outcome({ class: 'closed' }));
    const inContainer = (container: string): Ways => ({
      ...ending({}),
      when: [
        { kind: 'pod-is', pods: ['p'] },
        { kind: 'by-chance', cause: 'several-splits' },
        { kind: 'container-is', container },
      ],
    });
    const [ofC, ofD] = [inContainer('c'), inContainer('d')];
    const ofQ: Ways = { ...closed, when: [{ kind: 'pod-is', pods: ['q', 'r'] }] };
    const [c, d, q] = [client('p', 'c', 'p/c', 'p/e'), client('p', 'd', 'p/d'), client('q', '', 'q/', 'r/')];
    const program = sentBy(c, d, q);
    const text = (alternatives: Ways[], simulated = program, ...others: Simulation[]) => {
      const said = verdict({ verdict: 'unknown', ending: alternatives[0]!, alternatives });
      return outcomeKey(simulated, said, 'outcome', new Senders([simulated, ...others]));
    };
    assert.match(text([ofC, ofQ]), /closed .* from q\/,r\/; reached .* from p\/c,p\/e$/);
    assert.notEqual(text([ofC, ofQ]), text([ofD, ofQ]));
    assert.equal(text([ofC, ofD, ofQ]), text([ofD, ofC, ofQ, ofQ]));
    // whom an alternative holds for, as it depends on pods, on containers, or on neither
    const chance = { kind: 'by-chance', cause: 'several-splits' } as const;
    const isP = { kind: 'pod-is', pods: ['p'] } as const;
    assert.equal(sendersUnder(program, [chance]), undefined);
    assert.deepEqual(sendersUnder(program, [chance, isP]), ['p/c', 'p/e', 'p/d']);
    assert.deepEqual(sendersUnder(program, [chance, { kind: 'container-is', container: 'd' }]), ['p/d']);
    const among = (...parts: (readonly string[] | undefined)[]) => new Senders([program]).among(parts);
    assert.equal(among(['p/c', 'p/e'], ['p/d', 'q/', 'r/']), '');
    assert.equal(among(['p/c'], undefined), '');
    assert.equal(among(['r/'], ['p/c']), ' from p/c,r/');
    // one whose pods fare alike
    assert.equal(outcomeKey(program, verdict({ ending: ofC }), 'outcome'), key({}));
    const [other, stranger] = [sentBy(q, client('p', 'c', 'p/c', 'p/d', 'p/e')), sentBy(client('s', '', 's/'))];
    assert.notEqual(text([ofC, ofQ], program, other), text([ofC, ofQ], other, program));
    // pods that have others' places
    assert.equal(text([ofC, ofQ], program, stranger), text([ofD, ofQ], program, stranger));
  });

  it('is with policies also who decides, but for whose chain it is that refuses', () => {
    const by = (...names: string[]) => ({ decidedBy: names.map((name) => ref('Egress', name, 'curl')) });
    assert.equal(ownerText(ref('Egress', 'a', 'curl').object), 'Egress curl/a');
    assert.equal(key(by('a')), key(by('b')));
    assert.notEqual(key({ ...to('dns'), ...by('a') }, 'policies'), key({ ...to('dns'), ...by('b') }, 'policies'));
    assert.equal(key(by('a', 'b'), 'policies'), key(by('b', 'a', 'b'), 'policies'));
    assert.notEqual(key(by('a'), 'policies'), key(by('b'), 'policies'));
    const services = { decidedBy: [ref('Service', 's')] };
    assert.equal(key(services, 'policies'), key({}, 'policies'));
    assert.notEqual(key({ ...to('shop'), ...services }, 'policies'), key(to('shop'), 'policies'));
  });
});

describe('the request of a class', () => {
  it('is made with what was picked last for each dimension, and with all of the headers', () => {
    assert.deepEqual(
      mergePicks([
        { port: 80, headers: { a: '1', b: '2' } },
        { port: 81, headers: { b: null } },
      ]),
      { port: 81, headers: { a: '1', b: null } },
    );
    assert.deepEqual(mergePicks([]), {});
    assert.deepEqual(mergePicks([{ port: 80 }]), { port: 80 });
  });

  const rows: [string, Pick][] = [
    ['curl --resolve example.com:80:203.0.113.254 http://example.com/', {}],
    ['curl --resolve example.com:81:203.0.113.254 http://example.com:81/', { port: 81 }],
    ['tcp://192.0.2.1:81', { port: 81, address: '192.0.2.1', client: 'bytes' }],
    ['tcp://192.0.2.1:81 --server-first', { port: 81, address: '192.0.2.1', client: 'waits' }],
    ['curl --resolve example.com:443:203.0.113.254 https://example.com/', { port: 443, client: 'tls' }],
    ['curl --resolve a.test:81:203.0.113.254 https://a.test:81/', { port: 81, client: 'tls', serverName: 'a.test' }],
    ['curl https://192.0.2.1/', { port: 443, client: 'tls', serverName: null, address: '192.0.2.1' }],
    [
      'curl --no-alpn --resolve example.com:443:203.0.113.254 https://example.com/',
      { port: 443, client: 'tls', alpn: [] },
    ],
    [
      'curl -0 -X PUT --resolve a.test:80:203.0.113.254 http://a.test/x',
      { version: '1.0', method: 'PUT', path: '/x', authority: 'a.test' },
    ],
    ["curl -H 'Host: a.test' --resolve a.test:81:203.0.113.254 http://a.test:81/", { port: 81, authority: 'a.test' }],
    ["curl -H 'Host: A.test:9' --resolve a.test:80:203.0.113.254 http://a.test/", { authority: 'A.test:9' }],
    ["curl -H 'Host: [x' http://203.0.113.254/", { authority: '[x' }],
    [
      "curl -H 'x-a: 1' --resolve example.com:80:203.0.113.254 http://example.com/",
      { headers: { 'x-a': '1', 'x-b': null } },
    ],
    [
      "curl -H User-Agent: -H 'Accept: x' --resolve example.com:80:203.0.113.254 http://example.com/",
      { headers: { 'user-agent': null, accept: 'x' } },
    ],
    [
      "curl -0 -H 'x-a: 1' --resolve example.com:80:203.0.113.254 http://example.com/",
      { version: '1.0', headers: { 'x-a': '1' } },
    ],
    ["curl -H 'Host: a:1b' http://203.0.113.254/", { authority: 'a:1b' }],
    ['curl --http2-prior-knowledge --resolve example.com:80:203.0.113.254 http://example.com/', { version: '2' }],
  ];
  for (const [expected, pick] of rows) {
    it(`is ${expected}`, () => {
      const request = withCommand(targetOf(mergePicks([pick])));
      assert.deepEqual(request, parseTarget(expected));
    });
  }
});

describe('the host of a URL', () => {
  const ADDRESS = '192.0.2.1';
  const rows: [authority: string, host: string][] = [
    ...['a.test', 'a', '_a.b_', 'a-b.c.test', '1a.test', 'a.1b', 'a1', '0xg', 'a.0x7f.test', '1.test'].map(
      (name): [string, string] => [name, name],
    ),
    ['A.Test', 'a.test'],
    ['a.test:81', 'a.test'],
    ...[
      '',
      'a..test',
      '-a',
      'a-',
      '.a',
      'a.',
      'é.test',
      'a b',
      'a:1b',
      '1',
      '1.2.3.4',
      '1.2.',
      'a.1',
      '0x7f',
      '0X7F',
      'a.0x',
      'a.test:81:82',
    ].map((name): [string, string] => [name, ADDRESS]),
  ];
  it('is the name that a client asks for, if curl takes it for one, and otherwise the address', () => {
    for (const [authority, host] of rows) assert.equal(targetOf({ authority, address: ADDRESS }).host, host, authority);
  });
});

describe('terms that say which texts belong to a part', () => {
  const terms = (mine: (boolean | undefined)[][], others: (boolean | undefined)[][]) =>
    describeVectors(['A', 'B', 'C'], mine, others).map(({ matching, notMatching }) =>
      [...matching, ...notMatching.map((pattern) => `not ${pattern}`)].join(' '),
    );
  const [T, F, X] = [true, false, undefined];

  it('has the patterns of a term in order', () =>
    assert.deepEqual(
      describeVectors(
        ['B', 'A'],
        [[T, T]],
        [
          [T, F],
          [F, T],
        ],
      ),
      [{ matching: ['A', 'B'], notMatching: [] }],
    ));

  const rows: [string, ReturnType<typeof terms>, (boolean | undefined)[][], (boolean | undefined)[][]][] = [
    [
      'one pattern where it is enough',
      ['A'],
      [[T, F, F]],
      [
        [F, T, F],
        [F, F, F],
      ],
    ],
    ['one that holds, rather than one that does not', ['B'], [[F, T, F]], [[T, F, F]]],
    [
      'one that does not hold, where no other is enough',
      ['not A'],
      [[F, F, F]],
      [
        [T, F, F],
        [T, T, F],
      ],
    ],
    [
      'as few as it takes',
      ['A not B'],
      [[T, F, F]],
      [
        [T, T, F],
        [F, F, F],
      ],
    ],
    [
      'those that hold rather than those that do not',
      ['A B'],
      [[T, T, F]],
      [
        [T, F, T],
        [F, T, T],
        [F, F, F],
      ],
    ],
    ['nothing of what makes no difference', ['A'], [[T, X, X]], [[F, X, T]]],
    [
      'no pattern that may hold of the others',
      ['A B'],
      [[T, T, X]],
      [
        [X, F, X],
        [F, X, X],
      ],
    ],
    [
      'each way once, in order',
      ['A', 'C'],
      [
        [F, F, T],
        [T, F, F],
        [T, X, F],
        [T, F, F],
      ],
      [
        [F, F, F],
        [F, T, F],
      ],
    ],
    [
      'nothing more of a way that is covered',
      ['B'],
      [
        [X, T, F],
        [T, T, F],
      ],
      [[F, F, F]],
    ],
    [
      'each way, although it has something in common with another',
      ['A not B', 'C'],
      [
        [T, F, F],
        [T, T, T],
      ],
      [
        [T, T, F],
        [F, F, F],
      ],
    ],
    [
      'only what is known of it',
      ['B C'],
      [[X, T, T]],
      [
        [T, F, T],
        [F, T, F],
      ],
    ],
    [
      'nothing of what is not known, whatever others are there',
      ['A C'],
      [[T, X, T]],
      [
        [F, T, T],
        [T, F, F],
      ],
    ],
    [
      'one that does not hold rather than several that do',
      ['not A'],
      [[F, T, T]],
      [
        [T, T, F],
        [T, F, T],
      ],
    ],
  ];
  for (const [what, expected, mine, others] of rows) it(what, () => assert.deepEqual(terms(mine, others), expected));
});
