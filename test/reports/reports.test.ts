import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import assert from 'node:assert/strict';

import { assertGolden } from '../support/golden.js';
import { runShell } from '../support/run-cli.js';
import { startSmallApiServer, type RecordedAnswer } from '../support/small-api-server.js';

/** The folders here are cases that somebody met; README.md says what is in them, and has the points that they show. */
const here = import.meta.dirname;
const cases = readdirSync(here).filter((name) => statSync(join(here, name)).isDirectory());
/** Of what is not of the case itself, nothing is there where its command runs. */
const about = new Set(['why', 'command', 'stdin', 'cluster.yaml', 'answers.json', 'stdout', 'stderr', 'exit']);
/** A command that needs what this machine does not allow ends with this code. */
const SKIPPED = 77;

const textIn = (folder: string, file: string): string | undefined =>
  readdirSync(folder).includes(file) ? readFileSync(join(folder, file), 'utf8') : undefined;
/** `A1, B2: what was wrong` */
const pointsOf = (name: string): string[] =>
  /^([A-D]\d(?:, [A-D]\d)*): \S/.exec(textIn(join(here, name), 'why') ?? '')?.[1]!.split(', ') ?? [];

describe('reports', () => {
  it('have a case for every point', () => {
    const points = [...readFileSync(join(here, 'README.md'), 'utf8').matchAll(/^\| ([A-D]\d) +\|/gm)].map(
      ([, point]) => point!,
    );
    assert.ok(points.length > 0);
    assert.deepEqual([...new Set(cases.flatMap(pointsOf))].sort(), points);
    assert.deepEqual(
      cases.filter((name) => pointsOf(name).length === 0),
      [],
      'a case says why it is there, and for which point',
    );
  });

  for (const name of cases) {
    it(name, async function () {
      const folder = join(here, name);
      const work = mkdtempSync(join(tmpdir(), 'osm-ts-report-'));
      cpSync(folder, work, { recursive: true, filter: (from) => !about.has(basename(from)) });
      const cluster = textIn(folder, 'cluster.yaml');
      const answers = JSON.parse(textIn(folder, 'answers.json') ?? '[]') as RecordedAnswer[];
      const server = cluster === undefined ? undefined : await startSmallApiServer(cluster, answers);
      try {
        if (server) writeFileSync(join(work, '.kubeconfig'), server.kubeconfig);
        const run = await runShell(textIn(folder, 'command')!, {
          cwd: work,
          stdin: textIn(folder, 'stdin') ?? '',
          ...(server ? { env: { KUBECONFIG: join(work, '.kubeconfig') } } : {}),
        });
        if (run.code === SKIPPED) return this.skip();
        const said = (text: string): string =>
          text.replaceAll(work, 'FOLDER').replaceAll(server?.url ?? work, 'http://SERVER');
        assertGolden(join(folder, 'stdout'), said(run.stdout));
        assertGolden(join(folder, 'stderr'), said(run.stderr));
        assertGolden(join(folder, 'exit'), `${run.code}\n`);
      } finally {
        server?.close();
        rmSync(work, { recursive: true });
      }
    });
  }
});
