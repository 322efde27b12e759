import type { Endpoint } from '../endpoint.js';
import type { Target } from '../types.js';
import type { OptionSyntax, ReadOptions } from './options.js';

/** Variables that the command line sets. */
export type Environment = ReadonlyMap<string, string>;

/** A program that opens one connection and speaks no HTTP. */
export interface Client {
  readonly syntax: OptionSyntax;
  /** Where it connects when nothing says otherwise. */
  readonly port?: number;
  /** What the options and operands say. @throws TargetError */
  readonly read: (options: ReadOptions, client: Client, env: Environment) => Endpoint | Target;
  /** What it is given is sent. */
  readonly sendsInput?: true;
}
