import { readFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { InputError } from '../../errors.js';
import { malformed } from './malformed.js';
import { isMap } from './read.js';
import type { RawEntry, YamlMap } from './types.js';

/** Typed access to the fields of one kubeconfig entry; every method throws `InputError` with file and line. */
export class Fields {
  constructor(
    private readonly entry: RawEntry,
    private readonly body: YamlMap = entry.body,
    private readonly path: readonly (string | number)[] = entry.path,
  ) {}

  fail(field: string, problem: string, hint?: string): Promise<InputError> {
    return malformed(this.entry.file, [...this.path, field], problem, hint);
  }

  /** Empty strings count as absent, as in client-go. */
  async string(field: string): Promise<string | undefined> {
    const value = this.body[field] ?? '';
    if (typeof value !== 'string') throw await this.fail(field, 'must be a string: put it in quotes');
    return value === '' ? undefined : value;
  }

  async boolean(field: string): Promise<boolean> {
    const value = this.body[field] ?? false;
    // The words that YAML 1.1, and so `kubectl`, takes for a boolean.
    if (typeof value === 'string' && /^(y|yes|on|n|no|off)$/i.test(value)) return /^(y|yes|on)$/i.test(value);
    if (typeof value !== 'boolean') throw await this.fail(field, 'must be true or false');
    return value;
  }

  async strings(field: string): Promise<string[]> {
    const value = this.body[field] ?? [];
    if (!isStringList(value)) throw await this.fail(field, 'must be a list of strings');
    return value;
  }

  async map(field: string): Promise<Fields | undefined> {
    const value = this.body[field];
    if (value === undefined || value === null) return undefined;
    if (!isMap(value)) throw await this.fail(field, 'must be a mapping');
    return new Fields(this.entry, value, [...this.path, field]);
  }

  async list(field: string): Promise<Fields[]> {
    const value = this.body[field] ?? [];
    if (!Array.isArray(value) || !value.every(isMap)) throw await this.fail(field, 'must be a list of mappings');
    return value.map((item: YamlMap, i) => new Fields(this.entry, item, [...this.path, field, i]));
  }

  names(): string[] {
    return Object.keys(this.body);
  }

  raw(field: string): unknown {
    return this.body[field];
  }

  /** Relative to the kubeconfig that names it. */
  async filePath(field: string): Promise<string | undefined> {
    const path = await this.string(field);
    return path === undefined ? undefined : resolve(dirname(this.entry.file), path);
  }

  /** As `filePath`, but a bare name is left for `PATH` to find. */
  async commandPath(field: string): Promise<string | undefined> {
    const command = await this.string(field);
    return command?.includes(sep) ? this.filePath(field) : command;
  }

  /** Content of `‹field›-data` (base64), else of the file that `‹field›` names: data beats file, as in client-go. */
  async content(field: string): Promise<Buffer | undefined> {
    const data = await this.string(`${field}-data`);
    if (data !== undefined) {
      const compact = data.replace(/\s/g, '');
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw await this.fail(`${field}-data`, 'is not base64');
      return Buffer.from(compact, 'base64');
    }
    const file = await this.filePath(field);
    if (file === undefined) return undefined;
    try {
      return await readFile(file);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
      throw await this.fail(field, `names ${file}, which cannot be read: ${reason}`);
    }
  }
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
