import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseClient } from '../../src/lib/command/words/names.js';
import { initialTests } from '../../src/lib/egress/test/init.js';
import { runTests } from '../../src/lib/egress/test/index.js';
import { silent } from '../../src/lib/reporter.js';
import { serialize } from '../../src/lib/resources/index.js';
import { collections, recordedWorlds, type RecordedWorld } from './recordings.js';

const scratch = mkdtempSync(join(tmpdir(), 'osm-ts-generated-tests-'));
const [policies, tests] = [join(scratch, 'policies.yaml'), join(scratch, 'tests.json')];
const readClient = parseClient('ServiceAccount');

type Written = Awaited<ReturnType<typeof initialTests>>;

/** The test file of a world, or nothing where the API server would not have had it: recordings have such worlds on purpose. */
async function written({ resources, source }: RecordedWorld): Promise<Written | undefined> {
  writeFileSync(policies, serialize(resources));
  const names = { meshName: 'osm', osmNamespace: 'osm-system', namespace: undefined };
  const options = { filenames: [policies], recursive: false, live: false, ...names, clients: [readClient(source)] };
  try {
    return await initialTests(options, silent);
  } catch (error) {
    // by name: what is loaded later comes from another copy of the module here
    if ((error as Error).name === 'InputError') return undefined;
    throw error;
  }
}

async function statuses(document: object): Promise<string[]> {
  writeFileSync(tests, JSON.stringify(document));
  const run = await runTests(
    { files: [tests], recursive: false, readClient, failFast: false, coverage: false },
    silent,
  );
  return run.cases.map(({ status }) => status);
}

/** Something else than what was expected. */
const others: Readonly<Record<string, string>> = {
  allowed: 'denied',
  denied: 'allowed',
  unpredictable: 'unknown',
  unknown: 'unpredictable',
};

describe('policy tests generated for recorded worlds', () => {
  after(() => {
    rmSync(scratch, { recursive: true });
  });

  for (const collection of collections) {
    it(`${collection}: they pass, and fail when anything else is expected`, async function () {
      this.timeout(300_000);
      // a pod that does not start sends nothing that could be tested
      const worlds = recordedWorlds(collection).filter(({ probes }) =>
        probes.every(({ expect }) => expect.class !== 'no-pod'),
      );
      let generated = 0;
      const refused: string[] = [];
      for (const world of worlds) {
        const document = await written(world);
        if (!document) {
          refused.push(world.name);
          continue;
        }
        generated += document.tests.length;
        const passed = await statuses(document);
        assert.deepEqual(new Set(passed), new Set(['passed']), world.name);
        const mutated = document.tests.map((test) => ({ ...test, expect: others[test.expect]! }));
        const failed = await statuses({ ...document, tests: mutated });
        assert.ok(!failed.includes('passed'), world.name);
        // what was allowed or denied for certain is wrong for certain
        document.tests.forEach(({ expect }, index) => {
          if (expect === 'allowed' || expect === 'denied') assert.equal(failed[index], 'failed', world.name);
        });
      }
      assert.ok(generated > worlds.length, `${generated} tests for ${worlds.length} worlds`);
      assert.ok(refused.length <= worlds.length / 100, refused.join());
    });
  }
});
