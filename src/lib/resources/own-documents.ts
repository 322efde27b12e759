import { InputError, type SourceLocation } from '../errors.js';
import { closest } from '../text/closest.js';
import { isPlain } from '../text/plain-data.js';
import { pathText } from '../text/field-path.js';
import { quoted } from '../text/shorten.js';
import { PositionCache, readDocuments, type SourceDocument } from './document.js';
import { Findings } from './findings.js';
import { defaultLimits } from './limits.js';
import { sourceTexts } from './source-texts.js';
import type { SourceText } from './text/lines.js';
import type { FieldPath } from './types.js';
import { checkAgainst, describeValue, type ObjectSchema } from './validate/schema.js';
import { aliasBudget } from './yaml/aliases.js';

/** The version of our own kinds. */
const ownVersion = 'osm-ts/v1';

/** A document of one of our own kinds, whose fields fit the schema. */
export interface OwnDocument {
  /** As it was named. */
  readonly file: string;
  readonly value: Record<string, unknown>;
  locate(path: FieldPath): SourceLocation;
  /** Tells a fault of a field; all that are told are thrown together in the end. */
  fail(path: FieldPath, message: string, hint?: string): void;
  /** Checks a field against a schema of its own, where it may be of several types. */
  check(path: FieldPath, schema: ObjectSchema, value: Record<string, unknown>): void;
}

export interface OwnKind {
  readonly kind: string;
  readonly schema: ObjectSchema;
}

/**
 * Reads the documents of one of our own kinds from files, directories and standard input, strictly: what is not known is a
 * fault. Documents of Kubernetes beside them are left alone.
 * @param read makes something of each document, and tells `fail` what is wrong with it
 * @throws InputError, or ManifestErrors with all that is wrong
 */
export async function readOwnDocuments<T>(
  filenames: readonly string[],
  own: OwnKind,
  { recursive, read }: { readonly recursive: boolean; readonly read: (document: OwnDocument) => T },
): Promise<T[]> {
  const findings = new Findings(defaultLimits);
  const reader = new OwnReader(own, findings);
  const results: T[] = [];
  for await (const { source, named } of sourceTexts(filenames, {
    recursive,
    onError: (error) => findings.add(error),
  })) {
    const documents = reader.documents(source);
    for (const document of documents) {
      const before = findings.errorCount;
      reader.checkFields(document);
      if (findings.errorCount === before) results.push(read(document));
    }
    if (documents.length === 0 && named && findings.errorCount === 0) {
      const hint = `begin it with apiVersion: ${ownVersion} and kind: ${own.kind}`;
      findings.add(new InputError(`there is no ${own.kind} in this file`, { file: source.file }, hint));
    }
  }
  findings.throwIfAny();
  return results;
}

class OwnReader {
  private readonly positions = new PositionCache(defaultLimits.maxDepth);
  private readonly aliases = aliasBudget(defaultLimits.maxAliasNodes);

  constructor(
    private readonly own: OwnKind,
    private readonly findings: Findings,
  ) {}

  documents(source: SourceText): OwnDocument[] {
    const found: OwnDocument[] = [];
    readDocuments(source, defaultLimits, this.aliases, {
      onDocument: ({ document, value }) => {
        if (this.isOwn(document, value)) found.push(this.ownDocument(document, value));
      },
      onProblem: ({ message, hint }, offset) => this.findings.error(message, () => source.locate(offset), hint),
      onOddity: () => undefined,
      onRepeatedKey: (name, offset) =>
        this.findings.error(
          `the key ${quoted(name)} is defined twice`,
          () => source.locate(offset),
          'keep one of them',
        ),
    });
    return found;
  }

  private isOwn(document: SourceDocument, value: unknown): value is Record<string, unknown> {
    const { apiVersion, kind } = isPlain(value) ? value : {};
    if (apiVersion === ownVersion && kind === this.own.kind) return true;
    const fail = (path: FieldPath, message: string, hint: string): void =>
      this.findings.error(message, () => this.positions.locate(document, path), hint);
    if (kind === this.own.kind) {
      const written =
        apiVersion === undefined ? 'the document has no apiVersion' : `apiVersion is ${describeValue(apiVersion)}`;
      fail(
        apiVersion === undefined ? [] : ['apiVersion'],
        `${written}, not ${ownVersion}`,
        `write apiVersion: ${ownVersion}`,
      );
    } else if (apiVersion === ownVersion && (typeof kind !== 'string' || closest(kind, [this.own.kind]))) {
      const path = kind === undefined ? [] : ['kind'];
      fail(
        path,
        kind === undefined ? 'the document has no kind' : `${ownVersion} has no kind ${describeValue(kind)}`,
        `write kind: ${this.own.kind}`,
      );
    }
    return false;
  }

  private ownDocument(document: SourceDocument, value: Record<string, unknown>): OwnDocument {
    const locate = (path: FieldPath): SourceLocation => this.positions.locate(document, path);
    const subject = (path: FieldPath): string => (path.length > 0 ? pathText(path) : `the ${this.own.kind}`);
    const fail: OwnDocument['fail'] = (path, message, hint) =>
      this.findings.error(`${subject(path)} ${message}`, () => locate(path), hint);
    const check: OwnDocument['check'] = (at, schema, part) =>
      checkAgainst(schema, part, ({ path, severity, message, hint, quote }) => {
        const whole = [...at, ...path];
        // what a schema warns of are fields that it does not know
        if (severity === 'warning') fail(whole, 'is not a field that is known here', hint);
        else fail(whole, message, quote ? `put it in quotes: "${this.positions.scalarText(document, whole)}"` : hint);
      });
    return { file: document.source.file, value, locate, fail, check };
  }

  checkFields(document: OwnDocument): void {
    document.check([], this.own.schema, document.value);
  }
}
