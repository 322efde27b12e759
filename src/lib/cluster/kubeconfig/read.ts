import { dirname, resolve, sep } from 'node:path';
import { InputError } from '../../errors.js';
import { PositionCache } from '../../resources/document.js';
import type { SourceDocument } from '../../resources/document.js';
import { SyntaxProblem } from '../../resources/errors.js';
import { defaultLimits } from '../../resources/limits.js';
import { decodeText } from '../../resources/text/decode.js';
import { SourceText } from '../../resources/text/lines.js';
import type { FieldPath } from '../../resources/types.js';
import { checkSecretly } from '../../resources/validate/schema.js';
import { pathText } from '../../text/field-path.js';
import { isPlain } from '../../text/plain-data.js';
import { aliasBudget } from '../../resources/yaml/aliases.js';
import { loadYaml } from '../../resources/yaml/load.js';
import { splitDocuments } from '../../resources/yaml/split.js';
import { causeCode, readBounded } from '../read-bounded.js';
import { kubeconfigSchema } from './schema.js';
import type { Checked, ClusterFields, ContextFields, UserFields } from './schema.js';

/** A named entry of a kubeconfig, checked against the schema. */
export class Entry<Fields> {
  constructor(
    readonly name: string,
    readonly fields: Fields,
    /** The file it comes from, as it was named. */
    readonly file: string,
    readonly fail: (path: FieldPath, problem: string, hint?: string) => InputError,
  ) {}

  /** A path of the kubeconfig, which is relative to the kubeconfig's folder. Empty strings count as absent, as in client-go. */
  path(given: string | undefined): string | undefined {
    return given ? resolve(dirname(this.file), given) : undefined;
  }

  /** As `path`, but a bare name is left for `PATH` to find. */
  command(given: string | undefined): string | undefined {
    return given?.includes(sep) ? this.path(given) : given || undefined;
  }

  /** What base64 `data` holds, else the file named in `field`: data beats file, as in client-go. */
  async content(field: string, data: string | undefined, given: string | undefined): Promise<Buffer | undefined> {
    if (data) return Buffer.from(data, 'base64');
    const file = this.path(given);
    if (file === undefined) return undefined;
    try {
      return await readBounded(file);
    } catch (error) {
      throw this.fail([field], `names ${file}, which ${(error as Error).message}`, 'correct the path, or the file');
    }
  }
}

/** One kubeconfig file, or several merged. */
export interface Kubeconfig {
  readonly current: { readonly name: string; readonly file: string } | undefined;
  readonly clusters: ReadonlyMap<string, Entry<ClusterFields>>;
  readonly users: ReadonlyMap<string, Entry<UserFields>>;
  readonly contexts: ReadonlyMap<string, Entry<ContextFields>>;
}

/**
 * Reads one kubeconfig file (YAML or JSON), of which the first document counts. Null when there is no such file.
 * Throws `InputError` with the position when it cannot be read or is malformed. The file's text never goes into a message:
 * it holds secrets.
 */
export async function readKubeconfig(file: string): Promise<Kubeconfig | null> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file);
  } catch (error) {
    const { message } = error as InputError;
    if (['ENOENT', 'ENOTDIR'].includes(causeCode(error as InputError) ?? '')) return null;
    throw new InputError(`the kubeconfig ${message}`, { file }, 'name a readable file', { cause: error });
  }
  const decoded = decodeText(bytes);
  const source = new SourceText(file, 'text' in decoded ? decoded.text : decoded.problem.before);
  const wrong = (message: string, offset: number, hint: string | undefined): InputError =>
    new InputError(`kubeconfig: ${message}`, source.locate(offset), hint);
  if ('problem' in decoded) throw wrong(decoded.problem.message, source.text.length, 'name a YAML or JSON file');
  const [range = { start: 0, end: 0, content: 0 }] = splitDocuments(source.text);
  const document: SourceDocument = { source, format: 'yaml', ...range };
  const root = parse(document, wrong) ?? {};
  if (!isPlain(root)) {
    throw wrong('the file must hold a map with clusters, users and contexts', document.content, anotherFile);
  }
  const positions = new PositionCache(defaultLimits.maxDepth);
  const locate = (path: FieldPath): InputError['location'] => positions.locate(document, path);
  checkSecretly(kubeconfigSchema, root, ({ path, message, hint, quote }) => {
    throw new InputError(
      `kubeconfig: ${pathText(path)} ${message}`,
      locate(path),
      quote ? 'put the value in quotes' : hint,
    );
  });
  return interpret(root, file, locate);
}

const anotherFile = 'correct the file, or name another one with --kubeconfig';

function parse(
  { source, start, end }: SourceDocument,
  wrong: (message: string, offset: number, hint: string | undefined) => InputError,
): unknown {
  const limits = { maxDepth: defaultLimits.maxDepth, aliases: aliasBudget(defaultLimits.maxAliasNodes) };
  try {
    return loadYaml(source.text.slice(start, end), limits);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const { message, hint, quotes, offset } = error;
    throw quotes
      ? wrong('this is not valid YAML', start + offset, `put values with special characters in quotes; ${anotherFile}`)
      : wrong(`not valid YAML: ${message}`, start + offset, hint);
  }
}

function interpret(
  root: Checked<typeof kubeconfigSchema>,
  file: string,
  locate: (path: FieldPath) => InputError['location'],
): Kubeconfig {
  const fail = (path: FieldPath, problem: string, hint?: string): InputError =>
    new InputError(`kubeconfig: ${pathText(path)} ${problem}`, locate(path), hint);
  function entries<Fields>(list: 'clusters' | 'users' | 'contexts', field: string): ReadonlyMap<string, Entry<Fields>> {
    const found = new Map<string, Entry<Fields>>();
    for (const [i, item] of (root[list] ?? []).entries()) {
      const { name = '', [field]: fields = {} } = item as { readonly name?: string; readonly [field: string]: unknown };
      if (found.has(name)) throw fail([list, i, 'name'], `"${name}" is there twice`, 'rename or remove one of the two');
      const failBelow: typeof fail = (path, ...words) => fail([list, i, field, ...path], ...words);
      found.set(name, new Entry(name, fields as Fields, file, failBelow));
    }
    return found;
  }
  const name = root['current-context'];
  return {
    current: name ? { name, file } : undefined,
    clusters: entries('clusters', 'cluster'),
    users: entries('users', 'user'),
    contexts: entries('contexts', 'context'),
  };
}

/** Merges files as client-go does: for each name, and for the current context, the first file counts as a whole. */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const first = <F>(pick: (config: Kubeconfig) => ReadonlyMap<string, Entry<F>>): ReadonlyMap<string, Entry<F>> => {
    const merged = new Map<string, Entry<F>>();
    for (const [name, entry] of configs.flatMap((config) => [...pick(config)])) {
      if (!merged.has(name)) merged.set(name, entry);
    }
    return merged;
  };
  return {
    current: configs.find((config) => config.current)?.current,
    clusters: first((config) => config.clusters),
    users: first((config) => config.users),
    contexts: first((config) => config.contexts),
  };
}
