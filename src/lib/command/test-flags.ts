import { Args, Flags } from '@oclif/core';
import type { InitOptions } from '../egress/test/init.js';
import type { TestOptions } from '../egress/test/index.js';
import { redirectedTo } from '../cli/redirection.js';
import { UsageError } from '../errors.js';
import { clusterFlags, filenameFlags, meshNameFlag } from './flags.js';
import { flagReader } from './reading.js';
import { parseClient } from './words/names.js';
import { inputOf, sourcesFlag } from './world-flags.js';

export const testArgs = {
  file: Args.string({ multiple: true, description: 'File or directory with policy tests, or - for standard input' }),
};

/** Which tests are run, and how. */
export const testFlags = {
  filter: Flags.custom<(name: string) => boolean>({
    parse: flagReader(parseFilter),
    helpValue: 'TEXT|/REGEX/',
    description: 'Run only the cases whose name contains TEXT, or matches a regular expression',
  })(),
  'fail-fast': Flags.boolean({ description: 'Run nothing more after the first case that does not pass' }),
  watch: Flags.boolean({
    description: 'Run again whenever a test file or something that it names changes; Ctrl-C ends it',
    exclusive: ['init'],
  }),
  coverage: Flags.boolean({ description: 'Say which policies, ports, hosts and routes no test has seen decide' }),
  'min-coverage': Flags.integer({
    helpValue: 'PERCENT',
    min: 0,
    max: 100,
    description: 'Exit with 1 when less than this share of them is covered',
  }),
};

/** For `--init`. */
export const initFlags = {
  init: Flags.boolean({ description: 'Write a test file for the policies of -f as they are now, and run nothing' }),
  filename: filenameFlags.filename,
  recursive: Flags.boolean({ char: 'R', description: 'Read directories with everything below them' }),
  ...sourcesFlag,
  ...meshNameFlag,
  'osm-namespace': clusterFlags['osm-namespace'],
  namespace: clusterFlags.namespace,
};

interface TestValues {
  readonly filter?: TestOptions['filter'];
  readonly 'fail-fast': boolean;
  readonly coverage: boolean;
  readonly 'min-coverage'?: number | undefined;
  readonly recursive: boolean;
}

/** What the service gets from `testArgs` and `testFlags`. @throws UsageError when no file is named */
export function testOptionsOf(files: readonly string[] | undefined, flags: TestValues): TestOptions {
  if (!files?.length)
    throw new UsageError('the test file is missing', 'name one, or let osm-ts egress test --init -f POLICIES write it');
  const { filter, recursive, 'fail-fast': failFast, coverage, 'min-coverage': minCoverage } = flags;
  const readClient = parseClient('ServiceAccount');
  return { files, filter, recursive, failFast, coverage: coverage || minCoverage !== undefined, readClient };
}

type InitValues = Parameters<typeof inputOf>[0] & { readonly from?: InitOptions['clients'] | undefined };

/** What the service gets from `initFlags`. @throws UsageError for several test files */
export function initOptionsOf(files: readonly string[] | undefined, flags: InitValues): InitOptions {
  const [named, ...others] = files ?? [];
  if (others.length > 0) throw new UsageError('--init writes one test file', 'name the policies with -f');
  const file = named === '-' ? undefined : named;
  return { ...inputOf(flags), clients: flags.from ?? [], file, printedTo: redirectedTo() };
}

/** Reads a text, or a regular expression between slashes. @throws UsageError */
function parseFilter(word: string): (name: string) => boolean {
  const pattern = /^\/(.*)\/(i?)$/s.exec(word);
  if (!pattern) return (name) => name.includes(word);
  try {
    const regex = new RegExp(pattern[1]!, `${pattern[2]!}u`);
    return (name) => regex.test(name);
  } catch (error) {
    throw new UsageError(`is no regular expression: ${(error as Error).message}`, 'write /PATTERN/, or a text', {
      cause: error,
    });
  }
}
