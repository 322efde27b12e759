import { listReleases, type Release } from '../../helm/release.js';
import type { HelmRun } from '../../helm/run.js';
import type { Cluster } from '../../cluster/types.js';
import { ClusterError, InterruptedError, UsageError, type OsmTsError } from '../../errors.js';
import { visible } from '../../text/visible.js';

/** What helm was to do, for messages. */
export interface Attempt {
  readonly verb: 'install' | 'upgrade' | 'uninstall';
  readonly mesh: string;
  readonly namespace: string;
}

/** Helm's words for what is wrong with the command line or its values, not with the cluster. */
const BAD_INPUT: readonly (readonly [RegExp, string])[] = [
  [/failed parsing --set(?:-\w+)? data: /, 'invalid format for --set: '],
  [/values don't meet the specifications of the schema/, ''],
  [/execution error at \(/, ''],
  [/error parsing |failed to parse |parse error at \(/, ''],
  [/chart requires kubeVersion/, ''],
];
const BAD_CHART = /Chart\.ya?ml|does not appear to be a gzipped archive|failed to load chart|no such file or directory/;
const NO_CHART =
  /chart .* not found in .* repository|looks like .* is not a valid chart repository|failed to (?:download|fetch)|no chart (?:version|name) found/i;

/**
 * What a run of helm that did not succeed means.
 * @param state what is left of it, a sentence
 * @param next commands that lead on
 */
export function explainHelm({ verb }: Attempt, run: HelmRun, state: string, next: readonly string[]): OsmTsError {
  const said = helmWords(run);
  const hints = (...more: readonly string[]): string => [...more, ...(state === '' ? [] : [state]), ...next].join('\n');
  for (const [pattern, words] of BAD_INPUT) {
    if (pattern.test(said)) return new UsageError(said.replace(words === '' ? /^$/ : pattern, words), hints());
  }
  if (NO_CHART.test(said))
    return new ClusterError(
      `error loading chart for ${noun(verb)}: ${said}`,
      hints('without a way to the chart repository, name a chart of this machine with --osm-chart-path'),
    );
  if (BAD_CHART.test(said))
    return new UsageError(`error loading chart for ${noun(verb)}: ${said}`, 'check --osm-chart-path');
  const late = run.late
    ? 'helm took longer than it may, and was ended'
    : /context deadline exceeded|timed out waiting/.test(said)
      ? 'not everything was ready in time'
      : '';
  return new ClusterError([late, said || 'helm does not say why it failed'].filter(Boolean).join(': '), hints());
}

function noun(verb: Attempt['verb']): string {
  return { install: 'installation', upgrade: 'upgrade', uninstall: 'removal' }[verb];
}

/** What helm says is wrong, without its own prefixes. */
export function helmWords({ stderr }: HelmRun): string {
  const at = stderr.lastIndexOf('\nError: ') + 1 || (stderr.startsWith('Error: ') ? 0 : -1);
  const text = at === -1 ? (stderr.trim().split('\n').at(-1) ?? '') : stderr.slice(at + 'Error: '.length);
  const bare = text.trim().replace(/^(?:INSTALLATION|UPGRADE|UNINSTALLATION) FAILED: /, '');
  // helm's lists of one
  const plain = bare
    .replaceAll(/1 error occurred:\n\t\* /g, '')
    .replaceAll(/\n\t\* /g, '; ')
    .trim();
  return plain.split('\n').map(visible).join('\n').slice(0, 4000);
}

/** How a release is now; null: there is none; undefined: nobody can tell. */
export async function releaseNow(cluster: Cluster, { mesh, namespace }: Attempt): Promise<Release | null | undefined> {
  try {
    const [release] = await listReleases(cluster, { namespace, name: mesh });
    return release ?? null;
  } catch (error) {
    if (error instanceof ClusterError) return undefined;
    throw error;
  }
}

/** What is left of a mesh, and what to do about it. */
export async function whatIsLeft(
  cluster: Cluster,
  attempt: Attempt,
): Promise<{ readonly state: string; readonly next: readonly string[] }> {
  const { mesh, namespace } = attempt;
  const release = await releaseNow(cluster, attempt);
  const names = `--mesh-name ${mesh} --osm-namespace ${namespace}`;
  const remove = `osm-ts uninstall mesh ${names}`;
  if (release === undefined) return { state: '', next: [`look at what is left: helm status ${mesh} -n ${namespace}`] };
  if (release === null) {
    if (attempt.verb === 'uninstall')
      return { state: `there is no release of mesh [${mesh}] any more`, next: [`clear away what is left: ${remove}`] };
    return { state: `nothing is installed of mesh [${mesh}]`, next: [] };
  }
  const { status, revision } = release;
  if (status === 'deployed') return { state: `mesh [${mesh}] in namespace [${namespace}] is as it was`, next: [] };
  const state = `the release of mesh [${mesh}] in namespace [${namespace}] is now: ${status}`;
  if (attempt.verb === 'install') return { state, next: [`clear it away before the next try: ${remove}`] };
  if (attempt.verb === 'uninstall') return { state, next: [`go on with it: ${remove}`] };
  const again = status.startsWith('pending') ? [] : [`try again: osm-ts mesh upgrade ${names}`];
  // the first revision has none before it
  const back = revision > 1 ? [`go back to the revision before: helm rollback ${mesh} -n ${namespace}`] : [];
  return { state, next: [...again, ...back].map((hint, index) => (index > 0 ? `or ${hint}` : hint)) };
}

/** The error after Ctrl-C. */
export async function interruptedBy(cluster: Cluster, attempt: Attempt): Promise<InterruptedError> {
  const { state, next } = await whatIsLeft(cluster, attempt);
  return new InterruptedError(`interrupted${state === '' ? '' : `: ${state}`}`, next.join('\n') || undefined);
}
