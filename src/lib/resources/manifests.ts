import { shortened } from '../text/shorten.js';
import { quoteShellWord } from '../text/shell.js';
import { InputError, type SourceLocation } from '../errors.js';
import { Collector, type NoBearing } from './collect.js';
import { readDocuments, type SourceDocument } from './document.js';
import { archiveName, isArchived } from './files/archive-name.js';
import { FileExpander, type FileInput } from './files/expand.js';
import { readFileBytes, readStreamBytes, type ByteBudget } from './files/read.js';
import { Findings, type ManifestWarning } from './findings.js';
import { defaultLimits, formatBytes, type Limits } from './limits.js';
import { decodeText } from './text/decode.js';
import { isSnapshot, readSnapshot, type Snapshot } from './snapshot.js';
import { SourceText } from './text/lines.js';
import type { FieldPath, KubernetesObject, Resource } from './types.js';
import { aliasBudget, type AliasBudget } from './yaml/aliases.js';

/** The name of standard input in places. */
export const stdinName = '<stdin>';

/** Can changes be written to where an object was read: not to standard input, nor into an archive. */
export function isWritable(file: string): boolean {
  return file !== stdinName && !isArchived(file);
}

export interface ParseOptions {
  /** Namespace of objects that name none; `default` as for kubectl without a context. */
  readonly defaultNamespace?: string | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Also reads Istio's kinds, and ConfigMaps. */
  readonly istio?: boolean | undefined;
  /** Tells of which faulty objects a warning is enough; the object is left out then. Absent: of none. */
  readonly noBearing?: NoBearing | undefined;
}

export interface ReadOptions extends ParseOptions {
  /** Files, directories, `-` for standard input (once). */
  readonly filenames: readonly string[];
  /** Look into the directories of directories. */
  readonly recursive?: boolean | undefined;
  /** A directory without manifests, and files without objects, are read as nothing. */
  readonly mayBeEmpty?: boolean | undefined;
  /** Opens standard input; the process's own when absent. */
  readonly stdin?: (() => AsyncIterable<unknown>) | undefined;
  /** Reads what is not on disk, such as the files of a commit; undefined for an argument that is a path. */
  readonly elsewhere?:
    ((argument: string, budget: ByteBudget) => Promise<readonly GivenFile[]> | undefined) | undefined;
}

interface GivenFile {
  /** Its name in places and errors. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** What was read. */
export interface Manifests {
  /**
   * The objects of the kinds that the simulator reads, valid, lists taken apart, in the order of the input. Of an object that
   * is defined twice the last one counts.
   */
  readonly objects: readonly Resource[];
  /** The same of one file by itself: also what another file overrides. */
  objectsOf(file: string): readonly Resource[];
  /** How many objects of other kinds there were: `apps/v1 Deployment` → 3. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly warnings: readonly ManifestWarning[];
  /** What was read, in order; `<stdin>` for standard input. */
  readonly files: readonly string[];
  /** The namespace of objects that name none. */
  readonly defaultNamespace: string;
  /** There where the objects, or some, come from an archived cluster. */
  readonly snapshot: Snapshot | undefined;
  /**
   * Where an object, or one of its fields, stands: for a field of a map its key, for an item of a list its value. What is not
   * in the text (a default, an absent field) is at the nearest field around it.
   *
   * @returns undefined for an object that does not come from here
   */
  locate(object: KubernetesObject, path?: FieldPath): SourceLocation | undefined;
  /** The text of a file as it was read, without a byte order mark; undefined for others. */
  textOf(file: string): string | undefined;
}

const oddities = {
  directive: 'kubectl does not read files with % directives; remove the line',
  'content-after-separator': 'kubectl refuses what stands on the line of ---; put it on the next line',
  'content-after-end': 'kubectl ignores what follows the line ...; put --- there instead',
} as const;

/** Reads texts one after the other into one result. */
class Reader {
  readonly limits: Limits;
  readonly findings: Findings;
  readonly files: string[] = [];
  readonly #texts = new Map<string, SourceText>();
  readonly #collector: Collector;
  readonly #aliases: AliasBudget;
  readonly #defaultNamespace: string;
  documents = 0;
  /** What archived clusters say of themselves; of several the names of the first. */
  #snapshot: Snapshot | undefined;

  constructor(options: ParseOptions) {
    this.limits = { ...defaultLimits, ...options.limits };
    this.findings = new Findings(this.limits);
    this.#aliases = aliasBudget(this.limits.maxAliasNodes);
    this.#defaultNamespace = options.defaultNamespace ?? 'default';
    const istio = options.istio === true;
    this.#collector = new Collector(this.findings, this.#defaultNamespace, this.limits, options.noBearing, istio);
  }

  /** @returns how many documents with content the text has, readable or not */
  read(file: string, text: string): number {
    this.files.push(file);
    const source = new SourceText(file, text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    this.#texts.set(file, source);
    if (!this.#refuseInnerMarks(source)) return 1;
    const before = this.documents;
    readDocuments(source, this.limits, this.#aliases, {
      onDocument: (document) => {
        this.documents += 1;
        const { value } = document;
        if (isSnapshot(value)) this.#addSnapshot(value, document.document);
        else this.#collector.add(document);
      },
      onProblem: (problem, offset) => {
        this.documents += 1;
        this.findings.error(problem.message, () => source.locate(offset), problem.hint);
      },
      onRepeatedKey: (name, offset) => {
        const message = `the key "${shortened(name, 60)}" is defined twice in one map: this one counts, as for kubectl`;
        this.findings.warn(message, () => source.locate(offset));
      },
      onOddity: (oddity, offset) => this.findings.warn(oddities[oddity], () => source.locate(offset)),
    });
    return this.documents - before;
  }

  /** What it could not read must not be taken for what is not there. */
  #addSnapshot(value: Readonly<Record<string, unknown>>, document: SourceDocument): void {
    const snapshot = readSnapshot(value);
    if (!snapshot) {
      const message = 'the ClusterSnapshot does not say what could not be read, or is of another osm-ts';
      const hint = 'make the bug report anew, or read it with the osm-ts that made it';
      this.findings.error(message, () => this.#collector.locate({ document, path: [] }, []), hint);
      return;
    }
    const gaps = [...(this.#snapshot?.gaps ?? []), ...snapshot.gaps];
    this.#snapshot = { ...snapshot, ...this.#snapshot, gaps };
  }

  /** Joined files may have a byte order mark before their second `---`, which then is no separator any more. */
  #refuseInnerMarks(source: SourceText): boolean {
    const at = source.text.indexOf('\ufeff');
    if (at === -1 || (at > 0 && !/[\r\n]/.test(source.text.charAt(at - 1)))) return true;
    this.documents += 1;
    const hint = 'it was at the start of a file that was joined to another: remove it';
    this.findings.error('a byte order mark stands inside the text', () => source.locate(at), hint);
    return false;
  }

  finish(): Manifests {
    this.#collector.judgeFaults();
    if (this.findings.errorCount === 0) this.#collector.finish();
    this.findings.throwIfAny();
    const { objects, skipped, origins } = this.#collector;
    return {
      objects,
      objectsOf: (file) => this.#collector.objectsOf(file),
      skipped,
      warnings: this.findings.warnings,
      files: this.files,
      defaultNamespace: this.#defaultNamespace,
      snapshot: this.#snapshot,
      locate: (object, path = []) => {
        const origin = origins.get(object);
        return origin && this.#collector.locate(origin, path);
      },
      textOf: (file) => this.#texts.get(file)?.text,
    };
  }
}

function emptyError(files: readonly string[]): InputError {
  const [file = ''] = files;
  if (files.length === 1) {
    const hint =
      file === stdinName
        ? 'the command before the pipe printed nothing; does it work by itself?'
        : 'write at least one object, or name another file';
    return new InputError('there is no Kubernetes object: the input is empty, or has only comments', { file }, hint);
  }
  const message = `there is no Kubernetes object in these ${files.length} files: they are empty, or have only comments`;
  return new InputError(message, { file }, 'name other files');
}

/**
 * Reads the objects of one text: YAML documents, JSON objects one after the other, or both.
 *
 * @param file - the name of the text in places and errors
 * @throws InputError for what cannot be read or would not be admitted to a cluster, with place and remedy;
 *   ManifestErrors, an InputError too, when there are several
 */
export function parseManifests(text: string, file: string, options: ParseOptions = {}): Manifests {
  const reader = new Reader(options);
  if (text.length > reader.limits.maxFileBytes) {
    throw new InputError(`the text is larger than ${formatBytes(reader.limits.maxFileBytes)}`, { file }, 'split it');
  }
  const documents = reader.read(file, text);
  if (documents === 0) throw emptyError([file]);
  return reader.finish();
}

/**
 * Reads the objects of files, directories and standard input (osm-ts, "Conventions": `-f`), as kubectl reads them, and checks
 * them as the API server and OSM's webhook would (egress-semantics §1).
 *
 * @throws InputError for what cannot be read or would not be admitted to a cluster, with place and remedy;
 *   ManifestErrors, an InputError too, when there are several
 */
export async function readManifests(options: ReadOptions): Promise<Manifests> {
  const reader = new Reader(options);
  const { findings, limits } = reader;
  const fs = await import('node:fs');
  const budget: ByteBudget = { maxFileBytes: limits.maxFileBytes, maxTotalBytes: limits.maxTotalBytes, used: 0 };
  const expander = new FileExpander(fs, {
    recursive: options.recursive ?? false,
    maxFiles: limits.maxFiles,
    mayBeEmpty: options.mayBeEmpty ?? false,
    onError: (error) => findings.add(error),
    onWarning: (message, file) => findings.warn(message, () => ({ file })),
  });

  const readBytes = async (name: string, bytes: Promise<Buffer>): Promise<number | undefined> => {
    try {
      return readText(reader, name, await bytes);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      findings.add(error);
      return undefined;
    }
  };

  const readFile = async (input: FileInput): Promise<void> => {
    const documents = await readBytes(input.path, readFileBytes(fs, input, budget));
    if (documents === 0 && input.named) {
      findings.warn('the file has no Kubernetes object: it is empty, or has only comments', () => ({
        file: input.path,
      }));
    }
  };

  const readPacked = async ({ path }: FileInput): Promise<void> => {
    const { readArchive } = await import('./files/archive.js');
    for (const file of await readArchive(path, budget, limits)) await readBytes(file.path, Promise.resolve(file.bytes));
  };

  const readInput = async (input: FileInput): Promise<void> => {
    if (!input.named || !archiveName.test(input.path)) return readFile(input);
    try {
      await readPacked(input);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      findings.add(error);
    }
  };

  let stdinSeen = false;
  for (const filename of options.filenames) {
    const given = options.elsewhere?.(filename, budget);
    if (given) {
      for (const { path, bytes } of await given) await readBytes(path, Promise.resolve(bytes));
    } else if (filename === '-') {
      if (stdinSeen)
        findings.add(new InputError('standard input can be read once', { file: stdinName }, 'give -f - once'));
      else {
        const stream = (options.stdin ?? (() => process.stdin))();
        const documents = await readBytes(stdinName, readStreamBytes(stdinName, stream, budget));
        if (documents === 0) findings.add(emptyError([stdinName]));
      }
      stdinSeen = true;
    } else if (isUrl(filename)) {
      findings.add(urlError(filename));
    } else {
      for (const input of expander.expand(filename)) await readInput(input);
    }
  }
  const isEmpty = reader.documents === 0 && findings.errorCount === 0 && reader.files.length > 0;
  if (isEmpty && !options.mayBeEmpty) throw emptyError(reader.files);
  return reader.finish();
}

function readText(reader: Reader, name: string, bytes: Buffer): number {
  const decoded = decodeText(bytes);
  if ('text' in decoded) return reader.read(name, decoded.text);
  const { message, hint, before } = decoded.problem;
  throw new InputError(message, new SourceText(name, before).locate(before.length), hint);
}

function isUrl(filename: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(filename);
}

function urlError(url: string): InputError {
  return new InputError(
    'URLs are not read: with -f no network is used',
    { file: url },
    `fetch it yourself: curl -fsSL ${quoteShellWord(url)} | osm-ts … -f -`,
  );
}
