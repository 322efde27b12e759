import { CORE_SCHEMA, YAMLException, loadAll } from 'js-yaml';
import { InputError } from '../../errors.js';
import { malformed } from './malformed.js';
import { readText } from './read-text.js';
import type { RawConfig, RawEntry, YamlMap } from './types.js';

export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads one kubeconfig file (YAML or JSON). Null when there is no such file.
 * Throws `InputError` with the position when it cannot be read or is malformed.
 */
export async function readKubeconfig(file: string): Promise<RawConfig | null> {
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    const reason = code === 'EISDIR' ? 'it is a directory' : code === 'EACCES' ? 'permission denied' : String(code);
    throw new InputError(`cannot read the kubeconfig: ${reason}`, { file }, 'name a readable file', { cause: error });
  }
  const root = parse(text, file);
  if (root === undefined || root === null) return { clusters: new Map(), users: new Map(), contexts: new Map() };
  if (!isMap(root)) throw await malformed(file, [], 'the file must hold a mapping with clusters, users and contexts');
  if ((root['kind'] ?? 'Config') !== 'Config' || (root['apiVersion'] ?? 'v1') !== 'v1') {
    throw await malformed(file, ['kind'], 'and apiVersion must be Config and v1: this is not a kubeconfig');
  }
  const current = root['current-context'] ?? '';
  if (typeof current !== 'string') throw await malformed(file, ['current-context'], 'must be a string: quote it');
  return {
    ...(current ? { currentContext: { name: current, file } } : {}),
    clusters: await readEntries(root, 'clusters', 'cluster', file),
    users: await readEntries(root, 'users', 'user', file),
    contexts: await readEntries(root, 'contexts', 'context', file),
  };
}

function parse(text: string, file: string): unknown {
  try {
    return loadAll(text, undefined, { schema: CORE_SCHEMA })[0];
  } catch (error) {
    if (error instanceof RangeError) throw new InputError('kubeconfig: nested too deeply', { file });
    if (!(error instanceof YAMLException)) throw error;
    // The exception's own message quotes the lines around the error, which may hold a token.
    throw new InputError(
      `kubeconfig: not valid YAML: ${error.reason}`,
      { file, line: error.mark.line + 1, column: error.mark.column + 1 },
      'correct the file, or name another one with --kubeconfig',
    );
  }
}

async function readEntries(
  root: YamlMap,
  list: string,
  item: string,
  file: string,
): Promise<ReadonlyMap<string, RawEntry>> {
  const entries = new Map<string, RawEntry>();
  const values = root[list] ?? [];
  if (!Array.isArray(values)) throw await malformed(file, [list], 'must be a list');
  for (const [i, value] of (values as unknown[]).entries()) {
    if (!isMap(value)) throw await malformed(file, [list, i], `must be a mapping with name and ${item}`);
    const name = value['name'];
    if (typeof name !== 'string') throw await malformed(file, [list, i, 'name'], 'must be a string');
    const body = value[item] ?? {};
    if (!isMap(body)) throw await malformed(file, [list, i, item], 'must be a mapping');
    if (entries.has(name)) throw await malformed(file, [list, i, 'name'], `"${name}" is there twice`);
    entries.set(name, { name, body, file, path: [list, i, item] });
  }
  return entries;
}

/** Merges files as client-go does: for each name, and for the current context, the first file counts as a whole. */
export function mergeKubeconfigs(configs: readonly RawConfig[]): RawConfig {
  const first = (pick: (config: RawConfig) => ReadonlyMap<string, RawEntry>): ReadonlyMap<string, RawEntry> => {
    const merged = new Map<string, RawEntry>();
    for (const config of configs) {
      for (const [name, entry] of pick(config)) if (!merged.has(name)) merged.set(name, entry);
    }
    return merged;
  };
  const current = configs.find((config) => config.currentContext)?.currentContext;
  return {
    ...(current ? { currentContext: current } : {}),
    clusters: first((config) => config.clusters),
    users: first((config) => config.users),
    contexts: first((config) => config.contexts),
  };
}
