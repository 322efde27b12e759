import { Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { Chart, ChartValues } from '../helm/arguments.js';
import { parseGoDuration } from '../text/go-duration.js';
import { quoted } from '../text/shorten.js';
import { flagReader } from './reading.js';

/** Where OSM has published its chart, and the last version of it. */
const REPOSITORY = 'https://openservicemesh.github.io/osm';
const CHART_VERSION = '1.2.4';
const CHART_NAME = 'osm';

/** A day: whoever wants to wait longer looks again. */
const LONGEST_MS = 24 * 3600 * 1000;

/** @throws UsageError when it is no duration, or is too short or too long */
function parseDuration(word: string, shortestMs: number): number {
  const nanoseconds = parseGoDuration(word.trim());
  if (nanoseconds === undefined)
    throw new UsageError(`${quoted(word)} is no duration`, 'write it like 90s, 5m, or 1h30m');
  const milliseconds = Number(nanoseconds / 1_000_000n);
  if (milliseconds >= shortestMs && milliseconds <= LONGEST_MS) return milliseconds;
  throw new UsageError(
    `${quoted(word)} is no limit to wait for: nothing waits without end`,
    `choose one between ${shortestMs}${shortestMs > 0 ? 'ms' : ''} and 24h`,
  );
}

function parseRepository(word: string): string {
  if (/^(?:https?|oci):\/\/[^\s/]/.test(word)) return word;
  throw new UsageError(`${quoted(word)} is no URL of a chart repository`, `write it like ${REPOSITORY}`);
}

interface DurationOptions {
  readonly char?: 'w';
  /** In milliseconds. */
  readonly shortest: number;
  /** In the mirrored program's words. */
  readonly usual: string;
}

/** A duration as the mirrored program takes it; milliseconds. */
export function durationFlag(description: string, { char, shortest, usual }: DurationOptions) {
  return Flags.custom<number>({
    parse: flagReader((word) => parseDuration(word, shortest)),
    ...(char && { char }),
    helpValue: 'DURATION',
    description,
    default: parseDuration(usual, shortest),
    defaultHelp: () => Promise.resolve(usual),
  })();
}

/** How long something may take. */
export function timeoutFlag(description: string) {
  return durationFlag(description, { shortest: 1, usual: '5m0s' });
}

/** A flag for values, which may be repeated. */
function valuesFlag(helpValue: string, description: string, char?: 'f') {
  return Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue,
    description,
    ...(char && { char }),
    helpGroup: 'values',
  });
}

/** Which chart, with which values, and how long to wait. */
export const helmFlags = {
  'osm-chart-path': Flags.string({
    helpValue: 'PATH',
    description: 'Chart directory, or archive of one, to use instead of the published chart',
    exclusive: ['osm-chart-repo', 'osm-chart-version'],
  }),
  'osm-chart-repo': Flags.string({
    parse: flagReader(parseRepository),
    helpValue: 'URL',
    description: 'Repository that the chart comes from, or an oci:// URL of the chart',
    default: REPOSITORY,
  }),
  'osm-chart-version': Flags.string({
    helpValue: 'VERSION',
    description: 'Version of the chart',
    default: CHART_VERSION,
  }),
  timeout: timeoutFlag('How long to wait for each hook, and for the rest to be ready: 90s, 10m'),
  set: valuesFlag('KEY=VALUE', "A value of the chart, in helm's notation; repeatable"),
  'set-string': valuesFlag('KEY=TEXT', 'The same, and always text'),
  'set-json': valuesFlag('KEY=JSON', 'The same, as JSON'),
  'set-file': valuesFlag('KEY=PATH', 'The same, with what a file holds'),
  values: valuesFlag('FILE', 'YAML file with values; repeatable', 'f'),
};

interface HelmFlagValues {
  readonly 'osm-chart-path'?: string | undefined;
  readonly 'osm-chart-repo': string;
  readonly 'osm-chart-version': string;
  readonly timeout: number;
  readonly set?: readonly string[] | undefined;
  readonly 'set-string'?: readonly string[] | undefined;
  readonly 'set-json'?: readonly string[] | undefined;
  readonly 'set-file'?: readonly string[] | undefined;
  readonly values?: readonly string[] | undefined;
}

/** What `helmFlags` name. */
export function helmRequest(flags: HelmFlagValues): {
  readonly chart: Chart;
  readonly values: ChartValues;
  readonly timeoutMs: number;
} {
  const path = flags['osm-chart-path'];
  const published = { repository: flags['osm-chart-repo'], name: CHART_NAME, version: flags['osm-chart-version'] };
  return {
    chart: path === undefined ? published : { path },
    values: {
      values: flags.values ?? [],
      set: flags.set ?? [],
      setString: flags['set-string'] ?? [],
      setJson: flags['set-json'] ?? [],
      setFile: flags['set-file'] ?? [],
    },
    timeoutMs: flags.timeout,
  };
}
