import assert from 'node:assert/strict';

import fc from 'fast-check';

import { kinds } from '../../src/lib/resources/kinds.js';
import { ClusterError } from '../../src/lib/errors.js';
import { RefusedError } from '../../src/lib/mesh/errors.js';
import { injectionEffect } from '../../src/lib/resources/labels.js';
import { parseMeshName, parseNamespace } from '../../src/lib/command/words/names.js';
import { formatOutcome, jsonPointer, summarize } from '../../src/lib/output/changes.js';
import { formatRestartAdvice } from '../../src/lib/output/changes-restart.js';
import { formatTable } from '../../src/lib/output/table.js';
import { assertFits } from './support/schema.js';

describe('tables', () => {
  it('pad columns to the longest cell and three, at least six, and not the last', () => {
    assert.equal(formatTable([]), '');
    assert.equal(formatTable([['A', 'B', 'C']]), 'A     B     C\n');
    assert.equal(
      formatTable([
        ['abc', 'x'],
        ['abcd', ''],
      ]),
      'abc    x\nabcd   \n',
    );
    assert.equal(
      formatTable([
        ['é𝒳', 'x'],
        ['abcde', 'y'],
      ]),
      'é𝒳      x\nabcde   y\n',
    );
  });

  it('begin a column anew below a row that does not have it', () => {
    const rows = [['a-long-cell', 'x'], ['b', 'y'], ['note'], ['c', 'z']];
    assert.equal(formatTable(rows), 'a-long-cell   x\nb             y\nnote\nc     z\n');
  });

  it('keep every cell, and align those of a column', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'ü'), minLength: 1, maxLength: 12 });
    const grid = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
      .chain(([columns, rows]) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
      );
    fc.assert(
      fc.property(grid, (rows) => {
        const lines = formatTable(rows).trimEnd().split('\n');
        assert.deepEqual(
          lines.map((line) => line.split(/ {1,}/)),
          rows,
        );
        const starts = lines.map((line) => [...line.matchAll(/(?<= |^)[^ ]/g)].map(({ index }) => index));
        for (const start of starts) assert.deepEqual(start, starts[0]);
      }),
    );
  });
});

describe('names', () => {
  it('of namespaces are trimmed and freed of their kind', () => {
    assert.deepEqual([' a ', 'namespace/b', 'ns/c', 'namespaces/a'].map(parseNamespace), ['a', 'b', 'c', 'a']);
  });

  it('of namespaces are RFC 1123 labels', () => {
    for (const name of ['', 'A', '-a', 'a-', 'a.b', 'a_b', 'namespace/', 'pod/x', 'é', 'a'.repeat(64)]) {
      assert.throws(() => parseNamespace(name), /cannot be the name of a namespace/, name);
    }
    for (const name of ['0', 'a'.repeat(63)]) assert.equal(parseNamespace(name), name);
  });

  it('of meshes fit into a label', () => {
    for (const name of ['osm', 'My_mesh.2', 'a']) assert.equal(parseMeshName(name), name);
    assert.equal(parseMeshName(' a\t'), 'a');
    for (const name of ['', ' ', 'a,b', '-a', 'a=b', 'a b', 'a'.repeat(64)])
      assert.throws(() => parseMeshName(name), /mesh/);
  });
});

describe('the injection annotation', () => {
  it('has words for on and off, in any case', () => {
    const effects = ['enabled', 'YES', 'True', 'disabled', 'No', 'FALSE', '', 'on', undefined].map(injectionEffect);
    const [on, off] = ['enabled', 'disabled'];
    assert.deepEqual(effects, [on, on, on, off, off, off, 'invalid', 'invalid', undefined]);
  });
});

describe('reports of changes', () => {
  const outcome = {
    kind: kinds.Namespace,
    name: 'a',
    result: 'added',
    line: 'Namespace [a] successfully added to mesh [osm]',
    changes: [{ path: ['metadata', 'labels', 'a.b/c~d'], from: undefined, to: 'x' }],
    patch: { metadata: { labels: { 'a.b/c~d': 'x' } } },
    notes: ['n'],
    warnings: ['w'],
  };

  it('mark dry runs, and show what the client would have sent', () => {
    assert.equal(formatOutcome(outcome, undefined, 'none'), `${outcome.line}\n`);
    assert.equal(formatOutcome(outcome, undefined, 'server'), `${outcome.line} (server dry run)\n`);
    const patch = '{"metadata":{"labels":{"a.b/c~d":"x"}}}';
    assert.equal(formatOutcome(outcome, undefined, 'client'), `${outcome.line} (dry run)\n${patch}\n`);
    assert.equal(formatOutcome(outcome, 'name', 'client'), 'namespace/a\n');
    assert.equal(formatOutcome({ ...outcome, line: undefined }, 'name', 'none'), '');
  });

  it('are complete as data, also of failures', () => {
    const base = { ...outcome, line: undefined, patch: undefined, changes: [], result: 'failed' };
    const failures = [
      { ...base, error: new ClusterError('gone', 'come back', 404) },
      { ...base, error: new RefusedError('no') },
    ];
    const summary = summarize([outcome, ...failures], 'none');
    assertFits(summary, 'change-summary');
    const items = summary['items'] as { error: unknown; notes: unknown; changes: unknown }[];
    assert.deepEqual(
      items.map(({ error }) => error),
      [
        null,
        { message: 'gone', hint: 'come back', status: 404, exitCode: 3 },
        { message: 'no', hint: null, status: null, exitCode: 1 },
      ],
    );
    assert.deepEqual(items[0]?.changes, [{ path: '/metadata/labels/a.b~1c~0d', from: null, to: 'x' }]);
    assert.deepEqual(items[0].notes, ['w', 'n']);
    assert.equal(jsonPointer(['spec', 'list', 0]), '/spec/list/0');
  });
});

describe('advice on restarts', () => {
  const many = Array.from({ length: 12 }, (_, index) => ({
    kind: index < 11 ? 'deployment' : 'statefulset',
    name: `w${index}`,
    pods: 1,
  }));

  it('names kinds where there are too many workloads for one line', () => {
    const [state, restart, ...rest] = formatRestartAdvice(
      { reason: 'missing-sidecar', restartable: many, others: [], truncated: false },
      'web',
      ['--context', 'x'],
    );
    assert.match(state ?? '', /deployment\/w9 \(1 pod\) and 2 more$/);
    assert.equal(restart, 'restart them: kubectl --context x -n web rollout restart deployment,statefulset');
    assert.deepEqual(rest, []);
  });

  it('does not pretend to know what it has not read', () => {
    const advice = { reason: 'leftover-sidecar', restartable: [], others: [], truncated: true } as const;
    assert.deepEqual(formatRestartAdvice(advice, 'web'), [
      'running pods in namespace [web] keep their sidecar, more than 1000; restart them: kubectl -n web rollout restart deployment',
    ]);
  });
});
