import { readConfigDump, type ConfigDump } from '../analysis/envoy-dump/index.js';
import { DumpProblem } from '../analysis/envoy-dump/part.js';
import { InputError, UsageError, type SourceLocation } from '../errors.js';
import { PositionCache, readDocuments, type ReadDocument } from '../resources/document.js';
import { defaultLimits } from '../resources/limits.js';
import { sourceTexts } from '../resources/source-texts.js';
import type { SourceText } from '../resources/text/lines.js';
import type { FieldPath, Locate } from '../resources/types.js';
import { aliasBudget } from '../resources/yaml/aliases.js';
import type { Source } from '../simulator/world.js';
import type { ClientName } from './client.js';

/** A config dump that was read, and where its parts are. */
export interface NamedDump extends ConfigDump {
  /** As the command line names it. */
  readonly file: string;
  readonly locate: Locate;
  /**
   * Whom a question to the proxy is about: its client, whom the command line may name too.
   * @throws UsageError for another client, for several, and when neither dump nor command line tells one
   */
  clientsFor(named: readonly ClientName[]): readonly ClientName[];
}

/** A tree of positions takes twenty times the space of its text. */
const MOST_LOCATED = 16 * 1024 * 1024;

const HINT = 'save one with: osm-ts proxy get config_dump POD -n NAMESPACE --file FILE';

/**
 * Reads a proxy's config dump from a file, or from standard input (`-`).
 * @throws InputError for what cannot be read, is too large, or is no config dump
 */
export async function loadConfigDump(file: string): Promise<NamedDump> {
  const errors: InputError[] = [];
  for await (const { source } of sourceTexts([file], { recursive: false, onError: (error) => errors.push(error) })) {
    if (errors.length === 0) return dumpOf(file, source);
  }
  throw errors[0] ?? new InputError('there is nothing in it', { file }, HINT);
}

function dumpOf(file: string, source: SourceText): NamedDump {
  const { document, value } = onlyDocument(file, source);
  const positions = new PositionCache(defaultLimits.maxDepth);
  const locate = (path: FieldPath): SourceLocation | undefined =>
    source.text.length > MOST_LOCATED ? undefined : positions.locate(document, path);
  try {
    const dump = readConfigDump(value);
    return {
      ...dump,
      file,
      clientsFor: (named) => clientsFor(named, dump.source, file),
      locate: (object, path) => {
        const at = dump.pathTo({ object, path });
        return at && locate(at);
      },
    };
  } catch (error) {
    if (!(error instanceof DumpProblem)) throw error;
    throw new InputError(error.message, locate(error.path) ?? { file }, HINT, { cause: error });
  }
}

/** @throws InputError where there is none, several, or one that is neither JSON nor YAML */
function onlyDocument(file: string, source: SourceText): ReadDocument {
  const found: ReadDocument[] = [];
  readDocuments(source, defaultLimits, aliasBudget(defaultLimits.maxAliasNodes), {
    onDocument: (document) => found.push(document),
    onProblem: ({ message, hint }, offset) => {
      throw new InputError(message, source.locate(offset), hint);
    },
    onOddity: () => undefined,
    onRepeatedKey: (name, offset) => {
      throw new InputError(`the field ${JSON.stringify(name)} is there twice`, source.locate(offset), HINT);
    },
  });
  const [first, second] = found;
  if (!first) throw new InputError('there is nothing in it', { file }, HINT);
  if (second) throw new InputError('a second document begins here', source.locate(second.document.content), HINT);
  return first;
}

function clientsFor(named: readonly ClientName[], source: Source | undefined, file: string): readonly ClientName[] {
  const [client, ...others] = named;
  if (others.length > 0) throw new UsageError('a config dump is of one proxy', 'name one client');
  if (!client) {
    if (source) return [{ kind: 'ServiceAccount', namespace: source.namespace, name: source.serviceAccount }];
    throw new UsageError(`${file} does not tell whose proxy it is of`, 'add --from NAMESPACE/SERVICEACCOUNT');
  }
  const { kind, namespace = source?.namespace, name } = client;
  const isOther = kind === 'ServiceAccount' && (name !== source?.serviceAccount || namespace !== source.namespace);
  if (source && isOther) {
    const own = `${source.namespace}/${source.serviceAccount}`;
    throw new UsageError(`${file} is of a proxy of ${own}, not of ${namespace}/${name}`, 'leave --from out');
  }
  return [{ ...client, namespace }];
}
