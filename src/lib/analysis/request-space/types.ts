import type { AddressInterval, AddressLiteral } from '../../simulator/address.js';
import type { FieldRef } from '../../resources/types.js';
import type { HttpVersion, Target } from '../../simulator/request/types.js';
import type { Verdict } from '../../simulator/verdict.js';

/** Texts that match all of the first patterns and none of the second. */
export interface Term {
  readonly matching: readonly string[];
  readonly notMatching: readonly string[];
}

/** One of the parts that a dimension of requests is cut into. */
export interface Part {
  /** What it is: a port, a network, a host or a wildcard less what is more specific, a method…; unique in its dimension. */
  readonly name: string;
  /** The part that holds whatever the others do not name. */
  readonly rest?: true;
  /** Of the address: all that belong to it. */
  readonly intervals?: readonly AddressInterval[];
  /** Of texts: any of the terms. Absent: see `name`. */
  readonly terms?: readonly Term[];
}

/** How a client begins. */
export type Client = 'tls' | 'http' | 'bytes' | 'waits';

/** What one dimension contributes to a request. */
export interface Pick {
  readonly port?: number;
  /** A literal. */
  readonly address?: string;
  readonly client?: Client;
  readonly serverName?: string | null;
  readonly alpn?: readonly string[];
  readonly version?: HttpVersion;
  readonly method?: string;
  readonly authority?: string;
  /** The request target. */
  readonly path?: string;
  /** By lower-case name; null: not sent. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

export type Bound = 'states' | 'classes';

/** A region of requests that is too large to decide here. */
export interface Undecided {
  /** What was cut when the bound was met: `path`, `header x-env`, … */
  readonly dimension: string;
  readonly bound: Bound;
  readonly limit: number;
  /** The port and the domains of the virtual host. */
  readonly port: number;
  readonly domains: readonly string[];
  /** The fields that the virtual host comes from. */
  readonly at: readonly FieldRef[];
}

/** That a dimension of the class lies in some of its parts. */
export interface Constraint {
  /** `destination` (IPv4, loopback, IPv6), `port`, `address`, `client`, `server-name`, `alpn`, `method-kind`, `version`, `host`, `authority`, `method`, `path`, `header NAME` */
  readonly dimension: string;
  readonly parts: readonly Part[];
  /** All that the dimension is cut into. */
  readonly all: readonly Part[];
}

/** Requests that all have the same outcome, whatever they are in the dimensions that are not constrained. */
export interface RequestClass {
  /** In the order in which a request meets them. */
  readonly constraints: readonly Constraint[];
  /** A request of the class; its command line runs as it is. */
  readonly witness: Target;
  /** Of the witness, one for each program. */
  readonly verdicts: readonly Verdict[];
  /** Does a request to an address belong to the class? */
  holds(target: Target, address: AddressLiteral): boolean;
}

export interface DifferingClass {
  readonly class: RequestClass;
  readonly before: Verdict;
  readonly after: Verdict;
}
