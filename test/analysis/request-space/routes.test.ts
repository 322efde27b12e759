import assert from 'node:assert/strict';
import {
  instantiate,
  RouteTrees,
  type RouteMatch,
  type RoutesInput,
  type RouteTree,
} from '../../../src/lib/analysis/request-space/routes.js';
import { Diagram, type Node } from '../../../src/lib/analysis/request-space/diagram.js';
import { requestLanguages, sentHeader } from '../../../src/lib/analysis/request-space/request-languages.js';
import { mergePicks, targetOf } from '../../../src/lib/analysis/request-space/witness.js';
import type { Pick } from '../../../src/lib/analysis/request-space/types.js';
import { parseAddressLiteral } from '../../../src/lib/simulator/address.js';
import { normalizedPath } from '../../../src/lib/simulator/envoy/path-normalization.js';
import { matcherOfAnySize } from '../../../src/lib/simulator/envoy/re2.js';
import type { PathNormalization } from '../../../src/lib/simulator/envoy/types.js';
import type { HttpRequest } from '../../../src/lib/simulator/request/types.js';

type Listed = RoutesInput['lists'][number][number];
type Choice = Extract<RouteTree, { kind: 'choice' }>;

const to = (action: number, more: Partial<RouteMatch> = {}): Listed => ({
  route: { method: null, pathRegex: '.*', headers: [], ...more },
  action,
});
const withHeader = (name: string, regex: string, more: Partial<RouteMatch> = {}) => ({
  headers: [{ name, regex }] as RouteMatch['headers'],
  ...more,
});

function inputOf(lists: RoutesInput['lists'], more: Partial<RoutesInput> = {}): RoutesInput {
  return {
    lists,
    programs: 1,
    onlyDifferences: false,
    authority: () => ({ pattern: '[a-z.:0-9]+', preferred: ['a.test'] }),
    method: { pattern: 'GET|PUT|POST', preferred: ['GET', 'POST', 'PUT'] },
    normalizations: [undefined],
    ...more,
  };
}
const treeOf = (lists: RoutesInput['lists'], more: Partial<RoutesInput> = {}): RouteTree =>
  new RouteTrees().of(inputOf(lists, more));

/** The tree as text: of each branch what it is made of, a request of it, and where it leads. */
function shown(tree: RouteTree): unknown {
  switch (tree.kind) {
    case 'actions':
      return tree.actions;
    case 'same':
      return 'same';
    case 'undecided':
      return `undecided ${tree.dimension} ${tree.bound} ${tree.limit}`;
    case 'choice':
      return [
        tree.dimension,
        ...tree.branches.map(({ part, pick, tree: next }) => {
          const terms = part.terms?.map(({ matching, notMatching }) =>
            [...matching, ...notMatching.map((one) => `-${one}`)].join(' '),
          );
          return [
            terms?.join(' or ') ?? part.name,
            pick.headers ? JSON.stringify(pick.headers) : Object.values(pick as Record<string, unknown>)[0],
            shown(next),
          ];
        }),
      ];
  }
}

const pointOf = (pick: Pick) => ({ target: targetOf(pick), address: parseAddressLiteral('192.0.2.1')! });

/** Where a request comes to. */
function endOf(tree: RouteTree, pick: Pick): Exclude<RouteTree, Choice> {
  let at = tree;
  while (at.kind === 'choice') {
    const name = at.partOf(pointOf(pick));
    const found = at.branches.filter(({ part }) => part.name === name);
    assert.equal(found.length, 1, `${at.dimension} ${name}`);
    at = found[0]!.tree;
  }
  return at;
}

/** What a list of routes makes of a request, route by route. */
function firstAction(list: readonly Listed[], http: HttpRequest, normalization?: PathNormalization): number | null {
  const [, path, query] = /([^?]*)([^]*)/.exec(http.path) as unknown as [string, string, string];
  const seen = normalization ? normalizedPath(path, normalization)! : path;
  const pseudo: Record<string, string> = {
    ':authority': http.authority!,
    ':method': http.method,
    ':path': seen + query,
  };
  const found = list.find(({ route }) => {
    if (route.method !== null && route.method !== http.method) return false;
    if (!matcherOfAnySize(route.pathRegex)!(seen)) return false;
    return route.headers.every(({ name, regex }) => {
      const value = pseudo[name] ?? sentHeader(http, name);
      return value !== null && matcherOfAnySize(regex)!(value);
    });
  });
  return found?.action ?? null;
}

describe('what lists of routes decide, as a tree', () => {
  it('asks for the Host, the method, the path and the headers, in this order, and for nothing that nobody asks', () => {
    assert.deepEqual(shown(treeOf([[]])), [null]);
    assert.deepEqual(shown(treeOf([[to(7)]])), [7]);
    assert.deepEqual(shown(treeOf([[to(7), to(8, { method: 'GET' })], []])), [7, null]);
    assert.deepEqual(shown(treeOf([[to(1, { method: 'GET' })]])), [
      'method',
      ['GET', 'GET', [1]],
      ['-GET', 'POST', [null]],
    ]);
    assert.deepEqual(shown(treeOf([[to(1, { pathRegex: '/a' }), to(2)]])), [
      'path',
      ['-/a', '/', [2]],
      ['/a', '/a', [1]],
    ]);
    assert.deepEqual(shown(treeOf([[to(1, withHeader('x-env', 'b+'))]])), [
      'header x-env',
      ['absent', '{"x-env":null}', [null]],
      ['-b+', '{"x-env":""}', [null]],
      ['b+', '{"x-env":"b"}', [1]],
    ]);
    assert.deepEqual(shown(treeOf([[to(1, withHeader(':scheme', 'http'))]])), [
      'header x-forwarded-proto',
      ['absent', '{"x-forwarded-proto":null}', [1]],
      ['-(?s).+ or -not (?i)https', '{"x-forwarded-proto":""}', [null]],
      ['(?s).+ not (?i)https', '{"x-forwarded-proto":"a"}', [1]],
    ]);
    // what comes after a route that takes all of a path decides nothing there
    assert.deepEqual(shown(treeOf([[to(1, { pathRegex: '/a.*' }), to(2, { pathRegex: '/ab' })]])), [
      'path',
      ['-/a.*', '/', [null]],
      ['/a.*', '/a', [1]],
    ]);
    const all = to(1, {
      method: 'PUT',
      pathRegex: '/a',
      headers: [
        { name: 'x-b', regex: 'b' },
        { name: 'x-a', regex: 'a' },
        { name: ':authority', regex: 'b.*' },
      ],
    });
    const dimensions = (tree: RouteTree): string[] =>
      tree.kind === 'choice' ? [tree.dimension, ...dimensions(tree.branches.at(-1)!.tree)] : [tree.kind];
    assert.deepEqual(dimensions(treeOf([[all]])), [
      'authority',
      'method',
      'path',
      'header x-a',
      'header x-b',
      'actions',
    ]);
  });

  it('has an example of each branch that people like, and that lies there', () => {
    assert.deepEqual(shown(treeOf([[to(1, withHeader(':authority', 'b.*'))]])), [
      'authority',
      ['-b.*', 'a.test', [null]],
      ['b.*', 'b', [1]],
    ]);
    assert.deepEqual(shown(treeOf([[to(1, withHeader(':method', 'P.*'))]])), [
      'method',
      ['-P.*', 'GET', [null]],
      ['P.*', 'POST', [1]],
    ]);
    assert.deepEqual(shown(treeOf([[to(1, withHeader('user-agent', 'curl.*'))]])), [
      'header user-agent',
      ['absent', '{"user-agent":null}', [null]],
      ['-curl.*', '{"user-agent":""}', [null]],
      ['curl.*', JSON.stringify({ 'user-agent': targetOf({}).http!.headers[0]![1] }), [1]],
    ]);
  });

  it('looks at the query only where a route does', () => {
    const both = treeOf([[to(1, withHeader(':path', '/a\\?b'))], [to(2, { pathRegex: '/a' })]]);
    assert.deepEqual(endOf(both, { path: '/a?b' }), { kind: 'actions', actions: [1, 2] });
    assert.deepEqual(endOf(both, { path: '/a?c' }), { kind: 'actions', actions: [null, 2] });
    assert.deepEqual(endOf(both, { path: '/a' }), { kind: 'actions', actions: [null, 2] });
    assert.deepEqual(shown(both), [
      'path',
      ['-/a', '/', [null, null]],
      ['/a -/a\\?b', '/a', [null, 2]],
      ['/a\\?b', '/a?b', [1, 2]],
    ]);
    const path = treeOf([[to(2, { pathRegex: '/a' })]]);
    assert.deepEqual(endOf(path, { path: '/a?b' }), { kind: 'actions', actions: [2] });
  });

  it('looks at paths as Envoy has normalized them', () => {
    const list = [to(1, { pathRegex: '/a' }), to(2, withHeader(':path', '/b\\?c')), to(3, { pathRegex: '/.*//.*' })];
    for (const how of [undefined, 'BASE', 'MERGE_SLASHES'] as const) {
      const tree = treeOf([list], { normalizations: [how] });
      for (const path of ['/a', '/x/../a', '/./a?c', '/b?c', '/x/../b?c', '/b', '/x//a', '/%61']) {
        const http = targetOf({ path }).http!;
        const end = endOf(tree, { path });
        assert.deepEqual(end, { kind: 'actions', actions: [firstAction(list, http, how)] }, `${how} ${path}`);
      }
    }
    const slashes = (how: PathNormalization) => JSON.stringify(shown(treeOf([[to(1, { pathRegex: '/x//.*' })]], { normalizations: [how] }))); // prettier-ignore
    assert.match(slashes('BASE'), /"\/x\/\/"/);
    assert.doesNotMatch(slashes('MERGE_SLASHES'), /"\/x\/\/"/);
  });

  it('is not made where programs see paths in several ways, or a Host cannot be told, and routes look at it', () => {
    const several = { normalizations: ['BASE', undefined] as const };
    const two = [[to(1, { pathRegex: '/a' })], [to(1, { pathRegex: '/a' })]];
    const undecided = (dimension: string) => ({ kind: 'undecided', dimension, bound: 'classes', limit: 1 });
    assert.deepEqual(treeOf(two, several), undecided('path'));
    assert.deepEqual(treeOf([[to(1, withHeader(':path', '/a'))]], several), undecided('path'));
    assert.deepEqual(shown(treeOf([[to(1)], [to(2)]], several)), [1, 2]);
    const untold = { authority: () => undefined };
    assert.deepEqual(treeOf([[to(1, withHeader(':authority', 'a'))]], untold), undecided('authority'));
    assert.deepEqual(shown(treeOf([[to(1)]], untold)), [1]);
    let asked = 0;
    const counting = { authority: () => (asked++, requestLanguages.authority) };
    treeOf([[to(1, { method: 'GET' })]], counting);
    assert.equal(asked, 0);
    treeOf([[to(1, withHeader(':authority', 'a'))]], counting);
    assert.equal(asked, 1);
  });

  it('is not made where it has too many parts', () => {
    const letters = (count: number) =>
      Array.from('abcdefghijklm')
        .slice(0, count)
        .map((letter, index) => [to(index, { pathRegex: `/.*${letter}.*` })]);
    assert.deepEqual(treeOf(letters(13)), { kind: 'undecided', dimension: 'path', bound: 'classes', limit: 4096 });
    const tree = treeOf(letters(9));
    assert.equal(tree.kind === 'choice' && tree.branches.length, 512);
  });

  it('leaves out routes that no request can match', () => {
    const never = withHeader('x-envoy-internal', 'a');
    const trees = new RouteTrees();
    const known = to(1, never);
    for (const list of [
      [known, to(2)],
      [known, to(2)],
      [to(3, never), to(2)],
    ])
      assert.deepEqual(shown(trees.of(inputOf([list]))), [2]);
    assert.deepEqual(shown(trees.of(inputOf([[to(1, { ...never, method: 'GET' })]]))), [null]);
  });

  it('is made once of the same routes, and anew where anything else counts', () => {
    const trees = new RouteTrees();
    const list = [to(1, withHeader(':authority', 'a.*', { method: 'GET', pathRegex: '/a' })), to(2)];
    const first = trees.of(inputOf([list]));
    assert.equal(trees.of(inputOf([list])), first);
    assert.equal(trees.of(inputOf([[...list, to(9)]])), first);
    assert.equal(trees.of(inputOf([list.map(({ route, action }) => ({ route: { ...route }, action }))])), first);
    const others: [RoutesInput['lists'], Partial<RoutesInput>?][] = [
      [[[to(1), ...list]]],
      [[list.map(({ route }) => ({ route, action: 5 }))]],
      [[list, list]],
      [[list], { method: { pattern: 'GET|PUT' } }],
      [[list], { authority: () => ({ pattern: 'a|b' }) }],
      [[list], { authority: () => ({ pattern: 'a|b', except: 'b' }) }],
      [[list], { normalizations: ['BASE'] }],
      [[list], { normalizations: ['MERGE_SLASHES'] }],
      [[list, list], { programs: 2 }],
      [[list, [to(2)]], { programs: 2 }],
      [[list, [to(2)]], { programs: 2, onlyDifferences: true }],
      [[list, [to(3)]], { programs: 2, onlyDifferences: true }],
    ];
    const made = others.map(([lists, more]) => trees.of(inputOf(lists, more)));
    assert.equal(new Set([first, ...made]).size, made.length + 1);
    others.forEach(([lists, more], index) => {
      const again = new RouteTrees().of(inputOf(lists, more));
      assert.deepEqual(shown(made[index]!), shown(again), String(index));
    });
  });

  it('tells its dimensions apart by all that cuts them', () => {
    const scope = (list: readonly Listed[], more?: Partial<RoutesInput>): string => {
      const tree = treeOf([list], more);
      assert.ok(tree.kind === 'choice');
      return tree.scope;
    };
    const [get, put] = ['GET', 'PUT'].map((method) => ({ method }));
    const scopes = [
      scope([to(1, get)]),
      scope([to(1, put)]),
      scope([to(1, get)], { method: { pattern: 'GET|PUT' } }),
      scope([to(1, get), to(2)]),
      scope([to(1, get), to(2, { method: 'POST' })]),
    ];
    assert.equal(new Set(scopes).size, scopes.length);
    assert.equal(scope([to(1, get)]), scopes[0]);
  });

  it('is the same where programs agree, list by list, if only that is wanted', () => {
    const [a, b] = [to(1, { pathRegex: '/a' }), to(2, { pathRegex: '/b' })];
    const differing = (lists: RoutesInput['lists'], programs = 2) => treeOf(lists, { programs, onlyDifferences: true });
    assert.deepEqual(differing([[a], [a]]), { kind: 'same' });
    assert.deepEqual(differing([[a], [b], [a], [b]]), { kind: 'same' });
    assert.deepEqual(differing([[a], [a], [a]], 3), { kind: 'same' });
    const beyond = [a, to(3), b];
    assert.deepEqual(differing([beyond.slice(0, 2), beyond]), { kind: 'same' });
    assert.notEqual(differing([[a], [b], [b], [a]]).kind, 'same');
    assert.deepEqual(
      shown(
        differing([
          [a, to(3)],
          [b, a, to(3)],
        ]),
      ),
      ['path', ['-/b', '/', 'same'], ['/b', '/b', [3, 2]]],
    );
    assert.deepEqual(shown(treeOf([[a], [a]], { programs: 2 })), [
      'path',
      ['-/a', '/', [null, null]],
      ['/a', '/a', [1, 1]],
    ]);
  });

  it('gives every request what the first route that matches it gives', () => {
    const headers = (...some: [string, string][]) => ({ headers: some.map(([name, regex]) => ({ name, regex })) });
    const lists = [
      [
        to(1, { method: 'GET', pathRegex: '/a.*', ...headers(['x-env', 'a|b']) }),
        to(2, { pathRegex: '/a/b', ...headers([':path', '/a/b\\?.*']) }),
        to(3, { ...headers(['x-env', 'a.*'], ['x-env', '.*b'], [':method', 'P.*']) }),
        to(4, { ...headers([':authority', 'a\\..*'], ['x-b', '.*']) }),
        to(5, { ...headers([':authority', '.*\\.test'], [':scheme', 'https']) }),
        to(6, { method: 'PUT' }),
      ],
      [to(7, { ...headers(['x-b', '.*']) }), to(8, { ...headers([':scheme', 'http']) })],
    ];
    const http = (pick: Pick) => targetOf(pick).http!;
    const picks = ['GET', 'PUT', 'POST'].flatMap((method) =>
      ['/a', '/a/b', '/a/b?c', '/c?d'].flatMap((path) =>
        ['a.test', 'b.test', 'a.x'].flatMap((authority) =>
          [undefined, { 'x-env': 'a' }, { 'x-env': 'ab' }, { 'x-b': '' }, { 'x-forwarded-proto': 'https' }].map(
            (sent): Pick => ({ method, path, authority, ...(sent && { headers: sent }) }),
          ),
        ),
      ),
    );
    const schemeOf = (request: HttpRequest) => sentHeader(request, 'x-forwarded-proto') ?? 'http';
    const expected = (pick: Pick) =>
      lists.map((list) => {
        const request = http(pick);
        const known = list.filter(({ route }) =>
          route.headers.every(({ name, regex }) => name !== ':scheme' || regex === schemeOf(request)),
        );
        const withoutScheme = known.map(({ route, action }) => ({
          route: { ...route, headers: route.headers.filter(({ name }) => name !== ':scheme') },
          action,
        }));
        return firstAction(withoutScheme, request);
      });
    const tree = treeOf(lists, { programs: 2 });
    const differing = treeOf(lists, { programs: 2, onlyDifferences: true });
    for (const pick of picks) {
      const actions = expected(pick);
      assert.deepEqual(endOf(tree, pick), { kind: 'actions', actions }, JSON.stringify(pick));
      const end = endOf(differing, pick);
      if (end.kind === 'same') assert.equal(actions[0], actions[1], JSON.stringify(pick));
      else assert.deepEqual(end, { kind: 'actions', actions });
    }
    // and the example of each way lies on it
    const walk = (at: RouteTree, way: readonly Pick[]): void => {
      if (at.kind === 'choice') for (const branch of at.branches) walk(branch.tree, [...way, branch.pick]);
      else assert.equal(endOf(tree, mergePicks(way)), at, JSON.stringify(way));
    };
    walk(tree, []);
  });
});

describe('a tree as a diagram', () => {
  it('has a leaf for each end, made once of the first way there', () => {
    const tree = treeOf([[to(1, { method: 'GET', pathRegex: '/a' }), to(2, { pathRegex: '/b' })]]);
    const diagram = new Diagram();
    const leaves: string[] = [];
    const choices: string[] = [];
    const root = instantiate(
      tree,
      (end, picks) => {
        leaves.push(`${JSON.stringify(shown(end))} ${JSON.stringify(mergePicks(picks))}`);
        return diagram.leaf(JSON.stringify(end));
      },
      (choice, children): Node => {
        choices.push(choice.dimension);
        const alternatives = choice.branches.map(({ part, pick }, at) => ({ part, pick, child: children[at]! }));
        return diagram.choice(choice.dimension, alternatives, choice.partOf, choice.scope);
      },
    );
    assert.equal(root.kind === 'choice' && root.dimension, 'method');
    assert.deepEqual(choices, ['path', 'path', 'method']);
    assert.deepEqual(leaves, [
      '[null] {"method":"GET","path":"/"}',
      '[1] {"method":"GET","path":"/a"}',
      '[2] {"method":"GET","path":"/b"}',
    ]);
  });
});
