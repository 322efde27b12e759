/** Ten thousand policy tests over a thousand policies: reading, running and printing them, and checking all requests at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseClient } from '../../src/lib/command/words/names.js';
import { runTests } from '../../src/lib/egress/test/index.js';
import { testText } from '../../src/lib/output/test/text.js';
import { silent } from '../../src/lib/reporter.js';
import { serialize } from '../../src/lib/resources/index.js';
import { serializeValue } from '../../src/lib/resources/serialize.js';
import { paletteFor } from '../../src/lib/cli/color.js';
import type { Egress } from '../../src/lib/resources/types.js';

const POLICIES = 1000;
const TESTS = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'osm-ts-bench-'));
const account = (index: number) => `account-${index % 20}`;

const policies = Array.from({ length: POLICIES }, (_, index): Egress => ({
  apiVersion: 'policy.openservicemesh.io/v1alpha1',
  kind: 'Egress',
  metadata: { name: `policy-${index}`, namespace: 'apps' },
  spec: {
    sources: [{ kind: 'ServiceAccount', name: account(index), namespace: 'apps' }],
    hosts: [`host-${index}.example.com`],
    ports: [index % 2 === 0 ? { number: 80, protocol: 'http' } : { number: 443, protocol: 'https' }],
  },
}));
writeFileSync(join(folder, 'policies.yaml'), serialize(policies));

const tests = Array.from({ length: TESTS }, (_, index) => {
  const policy = index % POLICIES;
  const scheme = policy % 2 === 0 ? 'http' : 'https';
  const isAllowed = index % 3 > 0;
  const host = isAllowed ? `host-${policy}.example.com` : 'nowhere.example.org';
  return {
    name: `test ${index}`,
    from: `apps/${account(policy)}`,
    target: `curl -s ${scheme}://${host}/get?x=${index}`,
    expect: isAllowed ? 'allowed' : 'denied',
  };
});
const file = join(folder, 'tests.yaml');
writeFileSync(
  file,
  serializeValue({ apiVersion: 'osm-ts/v1', kind: 'EgressTest', resources: ['policies.yaml'], tests }),
);

const exactFile = join(folder, 'exact.yaml');
const patterns = policies.flatMap(({ spec }, index) =>
  index % 20 === 0 ? [{ host: spec.hosts![0], port: spec.ports[0]!.number }] : [],
);
const exact = [{ name: 'exactly', from: 'apps/account-0', 'allows exactly': patterns }];
writeFileSync(
  exactFile,
  serializeValue({ apiVersion: 'osm-ts/v1', kind: 'EgressTest', resources: ['policies.yaml'], tests: exact }),
);

async function measure(what: string, path: string, coverage: boolean, aimSeconds: number): Promise<void> {
  const [begin, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  const options = {
    files: [path],
    recursive: false,
    readClient: parseClient('ServiceAccount'),
    failFast: false,
    coverage,
  };
  const run = await runTests(options, silent);
  const text = testText(run, paletteFor({ isTTY: false }));
  const seconds = (Number(process.hrtime.bigint() - begin) / 1e9).toFixed(2);
  const { user, system } = process.cpuUsage(cpu);
  const passed = run.cases.filter(({ status }) => status === 'passed').length;
  console.log(
    `${what}: ${seconds} s, ${((user + system) / 1e6).toFixed(2)} s of processor time (aim: ${aimSeconds} s); ${passed} of ${run.cases.length} passed, ${text.length} characters`,
  );
}

// first, so that loading the modules is not counted below
await measure('allows exactly 50 patterns', exactFile, false, 1);
await measure(`${TESTS} tests over ${POLICIES} policies`, file, false, 2);
await measure('the same with coverage', file, true, 2);
const wrong = tests.map((test) => ({ ...test, expect: test.expect === 'allowed' ? 'denied' : 'allowed' }));
writeFileSync(
  file,
  serializeValue({ apiVersion: 'osm-ts/v1', kind: 'EgressTest', resources: ['policies.yaml'], tests: wrong }),
);
await measure('the same tests, all of which fail', file, false, 5);
rmSync(folder, { recursive: true });
