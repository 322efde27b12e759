import { existsSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { sampleOf } from '../../analysis/policy-test/sample.js';
import { sendersIn } from '../../analysis/reach/senders.js';
import { InputError, UsageError } from '../../errors.js';
import { findClient, type ClientName } from '../../input/client.js';
import { usualNames } from '../../input/mesh-names.js';
import { loadInput, type Input, type InputOptions } from '../../input/load.js';
import type { Reporter } from '../../reporter.js';
import { writeFiles } from '../../resources/edit/write-files.js';
import { serializeValue } from '../../resources/serialize.js';
import { parseTarget } from '../../simulator/request/index.js';
import { simulate } from '../../simulator/simulation.js';
import type { Source } from '../../simulator/world.js';
import { requestClassText } from '../../wording/request-class.js';
import { sourceText } from '../../wording/policy.js';

export interface InitOptions extends InputOptions {
  /** Whose requests are tested; empty: those of everybody that the files know. */
  readonly clients: readonly ClientName[];
  /** Where the tests are written to; it must not be there yet. Undefined: nowhere, they are printed. */
  readonly file?: string | undefined;
  /** The file into which what is printed goes, where that is known. */
  readonly printedTo?: string | undefined;
}

interface WrittenTest {
  readonly name: string;
  readonly from: string;
  readonly target: string;
  readonly expect: string;
}

/**
 * A test file for policies as they are: for each class of requests that a source may send one of them, and the nearest that it
 * may not send.
 * @throws UsageError, InputError
 */
async function testFileOf(options: InitOptions, report: Reporter) {
  const { filenames, recursive, meshName, osmNamespace, namespace = 'default' } = options;
  if (filenames.length === 0 || filenames.includes('-'))
    throw new UsageError(
      '--init needs files that the tests can name',
      'give the policies with -f FILE or -f DIRECTORY',
    );
  const input = await loadInput({ ...options, namespace, live: false }, { accounts: true, services: true }, report);
  const tests = withNames(sourcesOf(input, options).flatMap((source) => testsOf(source, input)));
  if (tests.length === 0) throw new UsageError('the files know nobody who sends requests', 'name a client with --from');
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressTest',
    resources: filenames.map((name) => seenFrom(options.file ?? options.printedTo, name)),
    ...(recursive && { recursive }),
    ...(meshName !== usualNames.meshName && { meshName }),
    ...(osmNamespace !== usualNames.osmNamespace && { osmNamespace }),
    ...(namespace !== 'default' && { namespace }),
    tests,
  };
}

/**
 * The same, written where the options say so.
 * @throws UsageError, InputError, the latter also when there is such a file
 */
export async function initialTests(options: InitOptions, report: Reporter) {
  const { file, printedTo, filenames } = options;
  if (file !== undefined && existsSync(file)) {
    throw new InputError('there is such a file already', { file }, 'name another one, or remove it');
  }
  const document = await testFileOf(options, report);
  if (file !== undefined) {
    await writeFiles([{ path: file, before: null, after: Buffer.from(serializeValue(document)) }]);
    report.note(`${file} is written, with ${document.tests.length} tests`);
  } else if (printedTo === undefined && !filenames.every((name) => isAbsolute(name))) {
    report.note(
      'a test file names policies relative to its own folder: save this one in the current folder, or name it',
    );
  }
  return document;
}

/** A path as it is written in a file, where every path is relative to the file. */
function seenFrom(file: string | undefined, path: string): string {
  if (file === undefined || isAbsolute(path)) return path;
  return relative(dirname(resolve(file)), resolve(path)).replaceAll('\\', '/') || '.';
}

function sourcesOf(input: Input, { clients }: InitOptions): Source[] {
  if (clients.length > 0) return clients.map((client) => findClient(input, client).source);
  return sendersIn(input.objects, input.world).map(({ source }) => source);
}

function testsOf(source: Source, { world }: Input): WrittenTest[] {
  const simulation = simulate(world, source);
  const from = sourceText(source);
  return sampleOf(simulation).map(({ class: requests, isAllowed }) => {
    const target = requests.witness.command;
    const { verdict } = simulation.decide(parseTarget(target));
    return {
      name: `${from} ${isAllowed ? 'may' : 'may not'} send ${requestClassText(requests)}`,
      from,
      target,
      expect: verdict,
    };
  });
}

/** Names are unique in a file. */
function withNames(tests: readonly WrittenTest[]): WrittenTest[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const times = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, times);
    return times === 1 ? test : { ...test, name: `${test.name} (${times})` };
  });
}
