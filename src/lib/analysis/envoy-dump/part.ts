import type { FieldPath, FieldRef, KubernetesObject } from '../../resources/types.js';
import type { NotUnderstood } from '../../simulator/envoy/types.js';
import { pathText } from '../../text/field-path.js';
import { isPlain } from '../../text/plain-data.js';

/** A dump that is none of Envoy's, or one that is damaged. */
export class DumpProblem extends Error {
  /** @param path from the root of the dump */
  constructor(
    readonly path: FieldPath,
    message: string,
  ) {
    super(message);
  }
}

/** A resource of Envoy's in a dump, which stands among objects so that the trace can point at it. */
export interface Resource {
  readonly object: KubernetesObject;
  /** From the root of the dump. */
  readonly at: FieldPath;
}

/**
 * An object of a dump, in Envoy's own field names. It keeps count of the fields that were asked for: the others are those that
 * the reader does not know.
 */
export class Part {
  private readonly known = new Set(['@type']);

  private constructor(
    readonly value: Readonly<Record<string, unknown>>,
    readonly path: FieldPath,
    private readonly resource?: Resource,
  ) {}

  /** @throws DumpProblem for what is no object */
  static of(value: unknown, path: FieldPath, resource?: Resource): Part {
    if (!isPlain(value)) throw new DumpProblem(path, `${nameOf(path)} is not an object`);
    return new Part(value, path, resource);
  }

  /** The same as the root of a resource, whose fields the trace points at. */
  asResource(kind: string, name: string): Part {
    const object = { apiVersion: 'envoy/v3', kind, metadata: { name } };
    return new Part(this.value, this.path, { object, at: this.path });
  }

  /** The resource that it is of. */
  get root(): Resource {
    return this.resource!;
  }

  get ref(): FieldRef {
    return this.refTo();
  }

  refTo(...fields: FieldPath): FieldRef {
    const { object, at } = this.root;
    return { object, path: [...this.path.slice(at.length), ...fields] };
  }

  has(field: string): boolean {
    return this.value[field] !== undefined && this.value[field] !== null;
  }

  text(field: string): string | undefined {
    return this.scalar(field, 'string', 'a text');
  }

  number(field: string): number | undefined {
    return this.scalar(field, 'number', 'a number');
  }

  flag(field: string): boolean {
    return this.scalar(field, 'boolean', 'true or false') === true;
  }

  part(field: string): Part | undefined {
    this.known.add(field);
    return this.has(field) ? this.child(this.value[field], field) : undefined;
  }

  parts(field: string): Part[] {
    return this.list(field).map((value, index) => this.child(value, field, index));
  }

  texts(field: string): string[] {
    return this.list(field).map((value, index) => {
      if (typeof value !== 'string') throw this.problem([field, index], 'is not a text');
      return value;
    });
  }

  /** Fields that decide nothing here. */
  skip(...fields: readonly string[]): void {
    for (const field of fields) this.known.add(field);
  }

  /** A field that decides nothing as long as it has one of these values. */
  skipIf(field: string, ...values: readonly unknown[]): void {
    if (values.includes(this.value[field])) this.known.add(field);
  }

  /** What is left once everything was asked for that is known. */
  notUnderstood(what: string): NotUnderstood | undefined {
    const other = Object.keys(this.value).find((field) => !this.known.has(field));
    return other === undefined ? undefined : { what: `the field ${other} of ${what}`, at: this.refTo(other) };
  }

  problem(fields: FieldPath, message: string): DumpProblem {
    const path = [...this.path, ...fields];
    return new DumpProblem(path, `${nameOf(path)} ${message}`);
  }

  private child(value: unknown, ...fields: FieldPath): Part {
    return Part.of(value, [...this.path, ...fields], this.resource);
  }

  private list(field: string): readonly unknown[] {
    this.known.add(field);
    const value = this.value[field] ?? [];
    if (!Array.isArray(value)) throw this.problem([field], 'is not a list');
    return value;
  }

  private scalar<T extends 'string' | 'number' | 'boolean'>(
    field: string,
    type: T,
    words: string,
  ): { string: string; number: number; boolean: boolean }[T] | undefined {
    this.known.add(field);
    const value = this.value[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== type) throw this.problem([field], `is not ${words}`);
    return value as { string: string; number: number; boolean: boolean }[T];
  }
}

function nameOf(path: FieldPath): string {
  return path.length > 0 ? pathText(path) : 'the dump';
}

/** The first of several that there is. */
export function firstNotUnderstood(parts: Iterable<NotUnderstood | undefined>): NotUnderstood | undefined {
  for (const part of parts) if (part) return part;
  return undefined;
}

/**
 * What a filter is, such as `tcp_proxy`: by the type of its configuration, else by its name.
 * `type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`, `envoy.filters.listener.tls_inspector`
 */
export function sortOfFilter(filter: Part): {
  readonly sort: string;
  readonly name: string;
  readonly config: Part | undefined;
} {
  const name = filter.text('name') ?? '';
  const config = filter.part('typed_config');
  const type = config?.text('@type');
  const sort = type === undefined ? name.split('.').at(-1)! : type.split('.').slice(-3)[0]!;
  return { sort, name, config };
}
