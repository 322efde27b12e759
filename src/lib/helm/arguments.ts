import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where the chart comes from. */
export type Chart =
  | { readonly path: string }
  | {
      /** URL of a chart repository, or of the chart itself in an OCI registry (`oci://…`). */
      readonly repository: string;
      readonly name: string;
      readonly version: string;
    };

/** Values for the chart, in helm's notation; later ones count before earlier ones. */
export interface ChartValues {
  /** Files. */
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly setString: readonly string[];
  readonly setJson: readonly string[];
  readonly setFile: readonly string[];
}

/** Which cluster; absent fields follow the rules that kubectl and helm share. */
export interface HelmConnection {
  readonly kubeconfig?: string | undefined;
  /** Null inside a pod. */
  readonly context: string | null;
}

/** Words for a chart: the argument, and flags. */
export function chartWords(chart: Chart): string[] {
  // absolute, so that no path looks like a flag or like the name of a repository
  if ('path' in chart) return [resolve(chart.path)];
  const { repository, name, version } = chart;
  if (repository.startsWith('oci://')) return [repository, '--version', version];
  return [name, '--repo', repository, '--version', version];
}

export function valueWords({ values, set, setString, setJson, setFile }: ChartValues): string[] {
  const flags = (flag: string, words: readonly string[]): string[] => words.map((word) => `--${flag}=${word}`);
  return [
    ...flags('values', values.map(oneFile)),
    ...flags('set', set),
    ...flags('set-string', setString),
    ...flags('set-json', setJson),
    ...flags('set-file', setFile.map(oneFileForKey)),
  ];
}

/** Helm takes a comma for the end of a path. Where a file has the whole name, it is meant, and is quoted as in CSV. */
function oneFile(path: string): string {
  return path.includes(',') && existsSync(path) ? `"${path.replaceAll('"', '""')}"` : path;
}

/** The same for `KEY=PATH`, in the notation of `--set`. */
function oneFileForKey(pair: string): string {
  const [, key = '', path = ''] = /^([^=]*=)(.*)$/s.exec(pair) ?? [];
  return path.includes(',') && existsSync(path) ? key + path.replaceAll(/[\\,]/g, String.raw`\$&`) : pair;
}

export function connectionWords({ kubeconfig, context }: HelmConnection): string[] {
  return [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(context === null ? [] : [`--kube-context=${context}`]),
  ];
}

/** A command line to be shown: what values are set to may be secret. */
export function shownWords(words: readonly string[]): string {
  return words
    .map((word) => word.replace(/^(--set(?:-string|-json)?=)(.*)$/s, (_, flag, pairs) => flag + hidden(String(pairs))))
    .join(' ');
}

function hidden(pairs: string): string {
  const [, key] = /^([\w.[\]-]+)=/.exec(pairs) ?? [];
  return key === undefined ? '…' : `${key}=…`;
}
