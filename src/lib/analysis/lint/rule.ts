import type { FieldEdit } from '../../resources/edit/fields.js';
import type { Egress, FieldRef } from '../../resources/types.js';
import type { Notice, NoticeCode } from '../../simulator/control-plane/notices.js';
import type { FilterChain } from '../../simulator/envoy/types.js';
import type { Simulation } from '../../simulator/simulation.js';
import type { ExactAnalysis } from './exact.js';
import type { Source, World } from '../../simulator/world.js';

/** How bad it is: a policy, or a part of it, has no effect or opens too much; it may not do what was meant; good to know. */
export type Level = 'error' | 'warning' | 'info';

/**
 * What becomes of a policy: it takes effect; it opens more than its text says; it takes effect and lets nothing through; the
 * control plane skips it; Envoy refuses what it programs, for at least one source; or that depends on something that could not
 * be read. The words are printed as they are, in text and in JSON.
 */
export type PolicyState =
  'active' | 'active, wider than written' | 'lets nothing through' | 'ignored' | 'refused' | 'unknown';

/** Something odd about a policy, or about what decides what policies do. docs/decisions/findings.md says what is one and what is not. */
export interface Finding<Name extends string = string, Data = unknown> {
  /** Name of the rule that found it. */
  readonly rule: Name;
  readonly level: Level;
  /** What its sentence tells beyond policy, port and fields (wording/findings.ts). */
  readonly data: Data;
  /** The fields at fault, the most telling first. */
  readonly at: readonly FieldRef[];
  /** The policy that it is about; null: another object, or what proxies make of everything. */
  readonly policy: Egress | null;
  /** Index in `spec.ports`; null: the whole policy. */
  readonly port: number | null;
  /** What it makes of the part that it concerns; null when the part works, but not as it may seem. */
  readonly makes: PolicyState | null;
  /** Sources that are concerned; empty: all. */
  readonly sources: readonly Source[];
  /** Edits of the object of the first field that do away with it. Whether anything changes by them is for `analysis/lint/fixes.ts` to prove. */
  readonly fix?: readonly FieldEdit[];
  /** The object of the first field may go. Whether anything changes is for `analysis/lint/fixes.ts` to prove. */
  readonly deletes?: true;
}

/**
 * A rule, whose page is `docs/rules/CODE.md`. Each is one file of `rules/`; `rules/index.ts` lists them by their subject, which says
 * how far they look: at objects alone (`PolicySubject`), or at what proxies make of them.
 */
export interface Rule<Name extends string, Subject, Data> {
  /** Stable: JSON documents carry it. */
  readonly name: Name;
  /** Stable, and never given to another rule: `OSM-E001`. */
  readonly code: `OSM-E${number}`;
  readonly level: Level;
  readonly makes: PolicyState | null;
  find(this: void, subject: Subject): readonly Found<Data>[];
}

export interface Found<Data> {
  readonly data: Data;
  readonly at: readonly FieldRef[];
  /** Index in `spec.ports`; left out: the whole policy. */
  readonly port?: number;
  /** Where it makes something else of its part than the rule says. */
  readonly makes?: PolicyState;
  readonly fix?: readonly FieldEdit[];
  readonly deletes?: true;
}

/** A policy by itself, in its mesh: no request is tried. */
export interface PolicySubject {
  readonly policy: Egress;
  readonly world: World;
  /** Known ones as `namespace/name`; undefined: not known, so that no source is doubted. */
  readonly serviceAccounts?: ReadonlySet<string> | undefined;
}

/** A policy and the proxies of one of its sources. */
export interface SourceSubject {
  readonly policy: Egress;
  readonly simulation: Simulation;
}

/** The proxies of a source; seen from a port of one of its policies where there is one. */
export interface ProxySubject {
  readonly simulation: Simulation;
  readonly policy?: Egress;
  /** In `spec.ports` of the policy. */
  readonly index?: number;
}

/** A port of a policy that programs a filter chain, or whose routes another policy's chain uses. */
export interface PortSubject extends SourceSubject {
  readonly index: number;
  readonly chain: FilterChain;
  readonly chains: readonly FilterChain[];
}

/** Something that the control plane did in silence. */
export interface NoticeSubject {
  readonly policy: Egress;
  readonly world: World;
  readonly notice: Notice;
}

/** Objects besides policies. */
export interface WorldSubject {
  readonly world: World;
}

/** A policy that takes effect for a source, and what can be proven about all requests of that source. */
export interface ExactSubject {
  readonly policy: Egress;
  readonly exact: ExactAnalysis;
}

/** No more than types: it names a rule's subject and infers the rest. */
export function ruleFor<Subject>() {
  return <const Name extends string, Data>(rule: Rule<Name, Subject, Data>): Rule<Name, Subject, Data> => rule;
}

export const policyRule = ruleFor<PolicySubject>();
export const sourceRule = ruleFor<SourceSubject>();
export const proxyRule = ruleFor<ProxySubject>();
export const portRule = ruleFor<PortSubject>();
export const exactRule = ruleFor<ExactSubject>();
export const worldRule = ruleFor<WorldSubject>();

/**
 * A rule that passes on what the control plane does in silence; the two share their name.
 * @param more data, and edits that do away with it, where there are any
 */
export function noticeRule<const Name extends NoticeCode, Data extends object = object>(
  rule: Omit<Rule<Name, NoticeSubject, Data>, 'find'>,
  more: (subject: NoticeSubject) => { readonly data?: Data; readonly fix?: readonly FieldEdit[] } = () => ({}),
): Rule<Name, NoticeSubject, Data> {
  return {
    ...rule,
    find: (subject) => {
      const { at } = subject.notice;
      const { data = {} as Data, fix } = more(subject);
      const port = at.path[1] === 'ports' ? { port: Number(at.path[2]) } : {};
      return [{ data, at: [at], ...port, ...(fix && { fix }) }];
    },
  };
}

/** What a rule finds, by what it is. */
export type FindingBy<R> = R extends Rule<infer Name, never, infer Data> ? Finding<Name, Data> : never;

/** What a rule finds. */
export function findingsBy<Subject extends object>(
  { name, level, makes, find }: Rule<string, Subject, unknown>,
  subject: Subject & { readonly policy?: Egress },
): Finding[] {
  const { policy = null } = subject;
  const found = find(subject);
  // most rules find nothing in most objects
  if (found.length === 0) return [];
  return found.map(({ data, at, port = null, makes: made = makes, fix, deletes }) => {
    const cures = { ...(fix && { fix }), ...(deletes && { deletes }) };
    return { rule: name, level, makes: made, policy, data, at, port, sources: [], ...cures };
  });
}
