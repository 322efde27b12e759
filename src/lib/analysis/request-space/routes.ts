/** What lists of routes decide, as a tree over Host, method, path and headers. Egress semantics §3.3: the first that matches. */
import { normalizedPath } from '../../simulator/envoy/path-normalization.js';
import type { PathNormalization, Route } from '../../simulator/envoy/types.js';
import type { Node, Point } from './diagram.js';
import { Numbering } from './fingerprint.js';
import { describeVectors } from './describe.js';
import { Component, quote, type Condition, type Language } from './languages.js';
import { normalPaths, requestLanguages, sentHeader, type RequestLanguages } from './request-languages.js';
import { split, type Case, type Split } from './split.js';
import type { Bound, Part, Pick } from './types.js';

/** What a route asks of one dimension. */
interface RouteCondition extends Condition {
  /** `1 authority`, `2 method`, `3 path`, `4 header NAME`: in the order in which the tree asks. */
  readonly dimension: string;
  /** Whether it holds when the header is not sent; of headers alone. */
  readonly ifAbsent?: boolean;
}

/** Conditions that must all hold; equal ones are one object. */
interface Conditions {
  readonly number: number;
  readonly list: readonly RouteCondition[];
}

interface RouteCase {
  readonly asks: Conditions;
  readonly action: number;
}

export type RouteTree =
  /** By list: the action of the route that matches; null: none does. */
  | { readonly kind: 'actions'; readonly actions: readonly (number | null)[] }
  /** Nothing below differs between the programs. */
  | { readonly kind: 'same' }
  | { readonly kind: 'undecided'; readonly dimension: string; readonly bound: Bound; readonly limit: number }
  | {
      readonly kind: 'choice';
      readonly dimension: string;
      readonly scope: string;
      readonly branches: readonly { readonly part: Part; readonly pick: Pick; readonly tree: RouteTree }[];
      readonly partOf: (point: Point) => string;
    };

/** What a route asks of a request. */
export type RouteMatch = Omit<Route, 'clusters' | 'source'>;

export interface RoutesInput {
  /** Lists of routes with what each leads to; equally many of each program, those of one program next to each other. */
  readonly lists: readonly (readonly { readonly route: RouteMatch; readonly action: number }[])[];
  readonly programs: number;
  readonly onlyDifferences: boolean;
  /** What the Host may be; asked only where routes look at it. undefined: that cannot be told. */
  readonly authority: () => Language | undefined;
  readonly method: Language;
  /** What becomes of a path before routes see it, which is the same for a whole mesh: each way once. */
  readonly normalizations: readonly (PathNormalization | undefined)[];
}

/** The languages of one list of routes, with a short name for them. */
type Languages = RequestLanguages & { readonly key: number };

const SAME: RouteTree = { kind: 'same' };

/** Makes trees, and remembers them: many virtual hosts have the same routes. */
export class RouteTrees {
  private readonly trees = new Map<string, RouteTree>();
  private readonly components = new Map<string, Component>();
  private readonly conditions = new Map<string, Conditions>();
  private readonly ofTexts = new Map<string, Conditions | undefined>();
  private readonly ofRoutes = new WeakMap<RouteMatch, Conditions | undefined>();

  private readonly languageKeys = new Numbering();

  private interned(list: readonly RouteCondition[]): Conditions {
    const key = JSON.stringify(list);
    let conditions = this.conditions.get(key);
    if (!conditions) this.conditions.set(key, (conditions = { number: this.conditions.size, list }));
    return conditions;
  }

  /** undefined: no request can match. */
  private ofRoute(route: RouteMatch): Conditions | undefined {
    if (this.ofRoutes.has(route)) return this.ofRoutes.get(route);
    const key = JSON.stringify([route.method, route.pathRegex, route.headers]);
    if (!this.ofTexts.has(key)) {
      const list = conditionsOf(route);
      this.ofTexts.set(key, list && this.interned(list));
    }
    const conditions = this.ofTexts.get(key);
    this.ofRoutes.set(route, conditions);
    return conditions;
  }

  of(input: RoutesInput): RouteTree {
    const lists = input.lists.map((routes) =>
      routes.flatMap(({ route, action }): RouteCase[] => {
        const asks = this.ofRoute(route);
        return asks ? [{ asks, action }] : [];
      }),
    );
    const looksAt = (wanted: string) =>
      lists.some((list) => list.some(({ asks }) => asks.list.some(({ dimension }) => dimension === wanted)));
    if (input.normalizations.length > 1 && looksAt(PATH)) return tooMany('path');
    const [normalization] = input.normalizations;
    const authority = looksAt(AUTHORITY) ? input.authority() : requestLanguages.authority;
    if (!authority) return tooMany('authority');
    const key = `${input.method.pattern} ${normalization} ${JSON.stringify(authority)}`;
    return this.tree(lists, input, {
      ...requestLanguages,
      ...(normalization && normalPaths(normalization)),
      authority,
      method: input.method,
      key: this.languageKeys.of(key),
    });
  }

  private tree(lists: readonly (readonly RouteCase[])[], input: RoutesInput, languages: Languages): RouteTree {
    const cut = lists.map(untilFinal);
    const keys = cut.map((list) => list.map(({ asks, action }) => `${asks.number}:${action}`).join());
    if (input.onlyDifferences && agree(keys, input.programs)) return SAME;
    const key = JSON.stringify([keys, input.programs, input.onlyDifferences, languages.key]);
    const known = this.trees.get(key);
    if (known) return known;
    const tree = this.make(cut, input, languages);
    this.trees.set(key, tree);
    return tree;
  }

  private make(cut: readonly (readonly RouteCase[])[], input: RoutesInput, languages: Languages): RouteTree {
    const asked = [...new Set(cut.flatMap((list) => list.map(({ asks }) => asks)))].flatMap(({ list }) => list);
    const [dimension] = asked.map((condition) => condition.dimension).sort();
    if (dimension === undefined) return { kind: 'actions', actions: cut.map((list) => list[0]?.action ?? null) };
    const language = languageOf(
      dimension,
      languages,
      asked.filter((one) => one.dimension === dimension),
    );
    return this.choice(cut, dimension, language, input, languages);
  }

  private choice(
    lists: readonly (readonly RouteCase[])[],
    dimension: string,
    language: Language,
    input: RoutesInput,
    languages: Languages,
  ): RouteTree {
    const rests: RouteCase[] = [];
    const restNumbers = new Map<string, number>();
    const conditionNumbers = new Map<string, number>();
    const patternsAsked: Condition[] = [];
    const numberOf = ({ pattern, negated, beforeQuery }: Condition): number => {
      const condition = { pattern, ...(negated && { negated }), ...(beforeQuery && { beforeQuery }) };
      const key = JSON.stringify(condition);
      let number = conditionNumbers.get(key);
      if (number === undefined) {
        conditionNumbers.set(key, (number = patternsAsked.length));
        patternsAsked.push(condition);
      }
      return number;
    };
    const cases = lists.map((list) =>
      list.map((one): Case & { ifAbsent: boolean } => {
        const { list: conditions } = one.asks;
        const here = conditions.filter((condition) => condition.dimension === dimension);
        const asks = this.interned(conditions.filter((condition) => condition.dimension !== dimension));
        const rest = { asks, action: one.action };
        const key = `${asks.number}:${one.action}`;
        let number = restNumbers.get(key);
        if (number === undefined) {
          restNumbers.set(key, (number = rests.length));
          rests.push(rest);
        }
        return {
          conditions: here.map(numberOf),
          rest: number,
          final: asks.list.length === 0,
          ifAbsent: here.every(({ ifAbsent }) => ifAbsent),
        };
      }),
    );
    const result = split({
      language: this.component(language),
      components: patternsAsked.map((condition) => this.component(language, condition)),
      lists: cases,
      programs: input.programs,
      onlyDifferences: input.onlyDifferences,
      preferred: language.preferred ?? [],
    });
    const name = dimension.slice(2);
    if ('bound' in result) return { kind: 'undecided', dimension: name, ...result };
    const follow = (numbers: readonly (readonly number[])[] | undefined): RouteTree =>
      numbers
        ? this.tree(
            numbers.map((list) => list.map((number) => rests[number]!)),
            input,
            languages,
          )
        : SAME;
    const patterns = patternsAsked.map(({ pattern, negated }) => (negated ? `not ${pattern}` : pattern));
    const header = name.startsWith('header ') ? name.slice('header '.length) : undefined;
    const branches = describedParts(result, patterns).map(({ part, witness, rests: numbers }) => ({
      part,
      pick: pickOf(name, witness),
      tree: follow(numbers),
    }));
    if (header !== undefined) {
      const absent = cases.map((list) => list.filter(({ ifAbsent }) => ifAbsent).map(({ rest }) => rest));
      branches.unshift({ part: ABSENT, pick: { headers: { [header]: null } }, tree: follow(absent) });
    }
    const [normalization] = input.normalizations;
    const textOf = textReader(name, usesTarget(patternsAsked), normalization);
    const partOf = (point: Point) => {
      const text = textOf(point);
      return text === null ? ABSENT.name : result.partOf(text);
    };
    const scope = JSON.stringify([language, patternsAsked, cases]);
    return { kind: 'choice', dimension: name, scope, branches, partOf };
  }

  private component(language: Language, condition?: Condition): Component {
    const key = JSON.stringify([language, condition]);
    let component = this.components.get(key);
    if (!component) this.components.set(key, (component = new Component(language, condition)));
    return component;
  }
}

const ABSENT: Part = { name: 'absent' };

/** A list up to the first case that asks for nothing more. */
function untilFinal(list: readonly RouteCase[]): readonly RouteCase[] {
  const final = list.findIndex(({ asks }) => asks.list.length === 0);
  if (final < 0) return list;
  return list.slice(0, final + 1);
}

function agree(keys: readonly string[], programs: number): boolean {
  const count = keys.length / programs;
  return keys.every((key, index) => key === keys[index % count]);
}

interface DescribedPart {
  readonly part: Part;
  readonly witness: string;
  readonly rests: Split['parts'][number]['rests'];
}

function describedParts({ parts }: Split, patterns: readonly string[]): DescribedPart[] {
  return parts.map((one) => {
    const others = parts.flatMap((other) => (other === one ? [] : other.vectors));
    const terms = describeVectors(patterns, one.vectors, others);
    return { part: { name: one.key, terms }, witness: one.witness, rests: one.rests };
  });
}

/** Of conditions on the path: does one of them look at the query too? */
const usesTarget = (conditions: readonly Condition[]): boolean => conditions.some(({ beforeQuery }) => !beforeQuery);

function languageOf(dimension: string, languages: RequestLanguages, conditions: readonly Condition[]): Language {
  const name = dimension.slice(2);
  if (name === 'path') return usesTarget(conditions) ? languages.target : languages.path;
  if (name === 'authority' || name === 'method') return languages[name];
  return languages.header(name.slice('header '.length));
}

function pickOf(name: string, text: string): Pick {
  if (name === 'authority' || name === 'method' || name === 'path') return { [name]: text };
  return { headers: { [name.slice('header '.length)]: text } };
}

function textReader(
  name: string,
  withQuery: boolean,
  normalization: PathNormalization | undefined,
): (point: Point) => string | null {
  switch (name) {
    case 'authority':
      return ({ target }) => target.http!.authority;
    case 'method':
      return ({ target }) => target.http!.method;
    case 'path':
      return ({ target: { http } }) => {
        const [, path, query] = /([^?]*)([^]*)/.exec(http!.path)!;
        const seen = normalization ? normalizedPath(path!, normalization)! : path!;
        return withQuery ? seen + query! : seen;
      };
    default:
      return ({ target }) => sentHeader(target.http!, name.slice('header '.length));
  }
}

const AUTHORITY = '1 authority';
const METHOD = '2 method';
const PATH = '3 path';

/** The programs see a dimension in ways that cannot be cut together. */
const tooMany = (dimension: string): RouteTree => ({ kind: 'undecided', dimension, bound: 'classes', limit: 1 });

/** undefined: no request can match. */
function conditionsOf(route: RouteMatch): RouteCondition[] | undefined {
  const conditions: RouteCondition[] = [];
  if (route.method !== null) conditions.push({ dimension: METHOD, pattern: quote(route.method) });
  if (route.pathRegex !== '.*') {
    conditions.push({ dimension: PATH, pattern: route.pathRegex, beforeQuery: true });
  }
  for (const { name, regex } of route.headers) {
    const asked = headerConditions(name, regex);
    if (!asked) return undefined;
    conditions.push(...asked);
  }
  return conditions;
}

function headerConditions(name: string, pattern: string): RouteCondition[] | undefined {
  if (name === ':authority') return [{ dimension: AUTHORITY, pattern }];
  if (name === ':method') return [{ dimension: METHOD, pattern }];
  if (name === ':path') return [{ dimension: PATH, pattern }];
  return requestLanguages.conditions(name, pattern)?.map(({ header, ...condition }) => ({
    dimension: `4 header ${header}`,
    ...condition,
  }));
}

/** Turns a tree into a diagram. */
export function instantiate(
  tree: RouteTree,
  leaf: (tree: Exclude<RouteTree, { kind: 'choice' }>, picks: readonly Pick[]) => Node,
  choice: (tree: Extract<RouteTree, { kind: 'choice' }>, children: readonly Node[]) => Node,
): Node {
  const known = new Map<RouteTree, Node>();
  const make = (at: RouteTree, picks: readonly Pick[]): Node => {
    let node = known.get(at);
    if (!node) {
      node =
        at.kind === 'choice'
          ? choice(
              at,
              at.branches.map((branch) => make(branch.tree, [...picks, branch.pick])),
            )
          : leaf(at, picks);
      known.set(at, node);
    }
    return node;
  };
  return make(tree, []);
}
