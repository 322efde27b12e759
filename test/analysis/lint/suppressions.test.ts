import assert from 'node:assert/strict';
import { review, ruleNames, type ReviewInput } from '../../../src/lib/analysis/lint/review.js';
import {
  covers,
  suppressionOf,
  suppressionsInAnnotations,
  suppressionsInComments,
  type Suppression,
} from '../../../src/lib/analysis/lint/suppressions.js';
import { readAll } from '../../../src/lib/analysis/unread.js';
import type { FieldRef, KubernetesObject, Locate, Resource } from '../../../src/lib/resources/types.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { egress, hiding, meshConfig, namespace } from '../../egress/support.js';

function annotated<O extends Resource>(object: O, text: string): O {
  return { ...object, metadata: { ...object.metadata, annotations: { 'osm-ts/lint-ignore': text } } };
}

describe('requests to leave a finding out', () => {
  const said = ({ written, rule, reason, fault }: Suppression) => [written, rule, reason, fault];

  it('an annotation has one a line, or several with semicolons before codes, each with a reason', () => {
    const moves = ['OSM-E023', 'tcp-to-anywhere', 'it moves; often', undefined];
    const rows: [text: string, ...said: unknown[]][] = [
      ['OSM-E023 it moves; often', moves],
      ['  OSM-E023   it moves;  often \n\n', moves],
      ['tcp-to-anywhere soon gone', ['tcp-to-anywhere', 'tcp-to-anywhere', 'soon gone', undefined]],
      ['OSM-E023 it moves; often;OSM-E020 x', moves, ['OSM-E020', 'ranges-on-http', 'x', undefined]],
      ['OSM-E020 x\nOSM-E023 it moves; often', ['OSM-E020', 'ranges-on-http', 'x', undefined], moves],
      ['OSM-E023', ['OSM-E023', 'tcp-to-anywhere', '', 'no-reason']],
      ['OSM-E999 because', ['OSM-E999', undefined, 'because', 'unknown-rule']],
      ['OSM-E999', ['OSM-E999', undefined, '', 'unknown-rule']],
      [' \n'],
    ];
    for (const [text, ...expected] of rows) {
      const policy = annotated(egress('one', '443/https'), text);
      const found = suppressionsInAnnotations([egress('none', '80/http'), policy], ruleNames);
      assert.deepEqual(found.map(said), expected, text);
      for (const { where } of found) assert.deepEqual(where, { kind: 'annotation', object: policy });
    }
  });

  it('the flag needs no reason', () => {
    const [known, unknown] = ['OSM-E023', 'OSM-E999'].map((code) =>
      suppressionOf(code, '', { kind: 'flag' }, ruleNames),
    );
    assert.deepEqual([known!.fault, unknown!.fault], [undefined, 'unknown-rule']);
    assert.ok(!('fault' in known!));
  });

  it('a comment is about its line, or, alone on one, about the next that is no comment', () => {
    const ignore = 'osm-ts/lint-ignore: OSM-E023 it moves';
    const rows: [text: string, place: [line: number, column: number, covers: number] | undefined][] = [
      [`a: 1\nb: 2 # ${ignore}\nc: 3`, [2, 6, 2]],
      [`a: 1\n# ${ignore}\nc: 3`, [2, 1, 3]],
      [`a: 1\r\n  #${ignore}\r\n  # more\r\n\r\n  c: 3`, [2, 3, 5]],
      [`# ${ignore}\nc: 3`, [1, 1, 2]],
      [`a: 1\n# ${ignore}\n# last`, [2, 1, 2]],
      [`# ${ignore}`, [1, 1, 1]],
      [`- # ${ignore}\n  c: 3`, [1, 3, 1]],
      [`b: "x#${ignore}"`, undefined],
      [`b: ${ignore}`, undefined],
      ['a: 1', undefined],
    ];
    for (const [text, place] of rows) {
      const found = suppressionsInComments(text, 'a.yaml', ruleNames);
      const expected = place && {
        kind: 'comment',
        file: 'a.yaml',
        line: place[0],
        column: place[1],
        covers: place[2],
      };
      assert.deepEqual(
        found.map(({ where }) => where),
        expected ? [expected] : [],
        text,
      );
      for (const one of found) assert.deepEqual(said(one), ['OSM-E023', 'tcp-to-anywhere', 'it moves', undefined]);
    }
  });

  it('covers findings of its rule only, at the object or the line that it is about', () => {
    const [policy, other, third] = ['one', 'two', 'three'].map((name) => egress(name, '443/https'));
    const ref = (object: KubernetesObject | undefined, ...path: string[]): FieldRef => ({ object: object!, path });
    const locate: Locate = ({ metadata }, path) =>
      metadata.name === 'three' ? undefined : { file: `${metadata.name}.yaml`, line: path.length + 1, column: 1 };
    const finding = { rule: 'tcp-to-anywhere', policy: policy!, at: [ref(third), ref(other, 'spec'), ref(other)] };
    const comment = (file: string, covered: number) =>
      ({ kind: 'comment', file, line: 9, column: 9, covers: covered }) as const;
    const rows: [where: Suppression['where'], isCovered: boolean][] = [
      [{ kind: 'flag' }, true],
      [{ kind: 'annotation', object: policy! }, true],
      [{ kind: 'annotation', object: other! }, true],
      [{ kind: 'annotation', object: namespace('curl') }, false],
      [comment('two.yaml', 1), true],
      [comment('two.yaml', 2), true],
      [comment('two.yaml', 3), false],
      [comment('one.yaml', 2), false],
    ];
    for (const [where, isCovered] of rows) {
      const ask = (code: string, reason: string) =>
        covers(suppressionOf(code, reason, where, ruleNames), finding, locate);
      assert.equal(ask('OSM-E023', 'x'), isCovered, JSON.stringify(where));
      assert.equal(ask('OSM-E020', 'x'), false);
      if (where.kind !== 'flag') assert.equal(ask('OSM-E023', ''), false, 'without a reason');
    }
  });
});

describe('a review', () => {
  const open = egress('open', '5432/tcp-server-first');
  const locate: Locate = ({ metadata }, path) => ({
    file: `${metadata.name}.yaml`,
    line: path[1] === 'ports' ? 7 : 1,
    column: 1,
  });

  function reviewed(
    given: readonly Resource[],
    {
      ignore = [],
      texts = {},
      warnings = [],
      quick = true,
      unread = readAll,
    }: {
      ignore?: string[];
      texts?: object;
      warnings?: ReviewInput['warnings'];
      quick?: boolean;
      unread?: ReviewInput['unread'];
    },
    concerned: readonly KubernetesObject[] = given,
  ) {
    const objects = [namespace('curl'), ...given];
    const surroundings = { objects, world: createWorld(objects), worldOptions: {}, unread };
    const { findings, suppressed } = review(
      { ...surroundings, locate, warnings, texts: new Map(Object.entries(texts)) },
      { concerns: (object) => concerned.includes(object), ignore, quick },
    );
    return {
      findings: findings.map(({ rule, at }) => [rule, ...at.map(({ path }) => path.join('.'))]),
      suppressed: suppressed.map(({ finding, by }) => [finding.rule, by.where.kind]),
    };
  }

  const told = ['tcp-to-anywhere', 'spec.ports.0'];
  const atAnnotation = 'metadata.annotations.osm-ts/lint-ignore';

  it('leaves out what is asked for, and says which requests are not followed, or have nothing to leave out', () => {
    const annotation = (text: string) => [annotated(open, text)];
    const rows: [what: string, ReturnType<typeof reviewed>, findings: unknown[], suppressed: unknown[]][] = [
      ['nothing', reviewed([open], {}), [told], []],
      ['flag', reviewed([open], { ignore: ['OSM-E023'] }), [], [['tcp-to-anywhere', 'flag']]],
      ['unused flag', reviewed([open], { ignore: ['OSM-E020'] }), [told, ['suppression-unused']], []],
      ['annotation', reviewed(annotation('OSM-E023 x'), {}), [], [['tcp-to-anywhere', 'annotation']]],
      ['unused annotation', reviewed(annotation('OSM-E020 x'), {}), [told, ['suppression-unused', atAnnotation]], []],
      ['without reason', reviewed(annotation('OSM-E023'), {}), [told, ['suppression-invalid', atAnnotation]], []],
      ['annotation nobody asks about', reviewed(annotation('OSM-E020 x'), {}, []), [], []],
      [
        'comment',
        reviewed([open], { texts: { 'open.yaml': `\n\n\n\n\n\na: # osm-ts/lint-ignore: OSM-E023 x` } }),
        [],
        [['tcp-to-anywhere', 'comment']],
      ],
      [
        'comment of another file',
        reviewed([open], { texts: { 'b.yaml': `\n\n\n\n\n\na: # osm-ts/lint-ignore: OSM-E023 x` } }),
        [told, ['suppression-unused']],
        [],
      ],
      [
        'flag and annotation',
        reviewed(annotation('OSM-E023 x'), { ignore: ['tcp-to-anywhere'] }),
        [],
        [['tcp-to-anywhere', 'flag']],
      ],
      [
        'warning of the reader',
        reviewed([open], { warnings: [{ message: 'odd', location: { file: 'a' } }] }),
        [['manifest-oddity'], told],
        [],
      ],
      [
        'warning of the reader, which is about no object',
        reviewed(annotation('OSM-E050 x'), { warnings: [{ message: 'odd', location: { file: 'a' } }] }),
        [['manifest-oddity'], told, ['suppression-unused', atAnnotation]],
        [],
      ],
      [
        'annotation of another object that has a part in it',
        reviewed([open, annotated(meshConfig({ traffic: { outboundPortExclusionList: [5432] } }), 'OSM-E031 x')], {}),
        [told],
        [['port-excluded', 'annotation']],
      ],
    ];
    for (const [what, { findings, suppressed }, expected, left] of rows) {
      assert.deepEqual([findings, suppressed], [expected, left], what);
    }
  });

  it('tells no request for unused that is about a rule which is not asked, or not about everything', () => {
    const tls = (name: string, host: string) => egress(name, '443/https', { hosts: [host] });
    const [wide, narrow] = [tls('wide', '*.b.com'), annotated(tls('narrow', 'a.b.com'), 'OSM-E055 x')];
    const unused = [['suppression-unused', atAnnotation]];
    const rows: [given: Resource[], options: Parameters<typeof reviewed>[1], findings: unknown[]][] = [
      [[narrow, wide], { quick: false }, []],
      [[narrow], { quick: false }, unused],
      [[narrow], { quick: true }, []],
      [[narrow], { quick: false, unread: hiding('HTTPRouteGroup') }, []],
      [[annotated(wide, 'OSM-E023 x')], { quick: true }, unused],
    ];
    for (const [given, options, expected] of rows)
      assert.deepEqual(reviewed(given, options).findings, expected, JSON.stringify([given.length, options]));
    assert.deepEqual(reviewed([narrow, wide], { quick: false }).suppressed, [['redundant', 'annotation']]);
    assert.deepEqual(reviewed([narrow, wide], {}).suppressed, []);
  });

  it('tells no comment for unused that is on an object nobody asks about', () => {
    const [first, second] = ['first', 'second'].map((name) => egress(name, '443/https', { hosts: ['a.com'] }));
    const comment = 'a: # osm-ts/lint-ignore: OSM-E023 x\n';
    const told = (
      lines: number,
      concerned: readonly Resource[],
      { file = 'a.yaml', begins = 2, turned = false } = {},
    ) => {
      const objects = turned ? [second!, first!] : [first!, second!];
      const { findings } = review(
        {
          objects,
          world: createWorld(objects),
          worldOptions: {},
          unread: readAll,
          locate: (object) => ({ file: 'a.yaml', line: object === first ? begins : 5, column: 1 }),
          warnings: [],
          texts: new Map([[file, '\n'.repeat(lines - 1) + comment]]),
        },
        { concerns: (object) => concerned.includes(object as Resource), ignore: [], quick: true },
      );
      return findings.some(({ rule }) => rule === 'suppression-unused');
    };
    const lines = [1, 2, 4, 5, 9];
    assert.deepEqual(
      lines.map((line) => told(line, [first!])),
      [true, true, true, false, false],
    );
    assert.deepEqual(
      lines.map((line) => told(line, [second!])),
      [true, false, false, true, true],
    );
    assert.ok(told(9, [first!], { file: 'other.yaml' }));
    assert.deepEqual(
      lines.map((line) => told(line, [second!], { begins: 1 })),
      [false, false, false, true, true],
    );
    assert.deepEqual(
      lines.map((line) => told(line, [first!], { turned: true })),
      [true, true, true, false, false],
    );
  });

  it('an annotation may be on an object that is in no file', () => {
    const objects = [annotated(egress('one', '443/https', { hosts: ['a.com'] }), 'OSM-E023 x')];
    const input = { objects, world: createWorld(objects), worldOptions: {}, unread: readAll, warnings: [] };
    const { findings } = review(
      { ...input, locate: () => undefined, texts: new Map() },
      { concerns: () => true, ignore: [], quick: true },
    );
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['suppression-unused'],
    );
  });

  it('a comment on a port is also about what the settings of the mesh make of the port', () => {
    const comment = { 'open.yaml': `\n\n\n\n\n\na: # osm-ts/lint-ignore: port-excluded as agreed` };
    const excluded = [open, meshConfig({ traffic: { outboundPortExclusionList: [5432] } })];
    const { findings, suppressed } = reviewed(excluded, { texts: comment });
    assert.deepEqual([findings, suppressed], [[told], [['port-excluded', 'comment']]]);
  });
});
