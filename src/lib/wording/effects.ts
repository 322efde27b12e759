/** Sentences about what a change does to requests. */
import { ANY_OTHER, type Effect, type Effects, type UndecidedEffect } from '../analysis/compare/index.js';
import type { RequestClass } from '../analysis/request-space/index.js';
import type { FieldRef, Locate } from '../resources/types.js';
import { formatCurl, type Target } from '../simulator/request/index.js';
import type { Verdict } from '../simulator/verdict.js';
import type { Source } from '../simulator/world.js';
import { distinct, placeText, sourceText } from './policy.js';
import { undecidedText as boundText } from './reach.js';
import { listed, requestClassText } from './request-class.js';
import { conditionText, destinationText, objectName, outcomeText } from './verdict.js';

/** Sources that a sentence names; the rest is counted. */
const MAX_SOURCES = 3;

/** Effects that read the same, told once for all sources. */
export interface ToldEffect<E extends Effect = Effect> {
  readonly effect: E;
  readonly sources: readonly Source[];
}

/**
 * Effects for people. What happens to requests with methods that nobody uses is not told where the same happens to usual ones.
 * @param locate so that policies of one name in two files are told apart
 */
export function toldOnce<E extends Effect>(effects: readonly E[], locate: Locate): ToldEffect<E>[] {
  const told = new Map<string, { effect: E; sources: Source[] }>();
  const usual = new Set(effects.filter(isUsual).map(usualKey));
  for (const effect of effects) {
    if (!isUsual(effect) && usual.has(usualKey(effect))) continue;
    const text = [effect.kind, requestClassText(effect.class), ...ownersText(effect.allowedBy, locate)].join('\n');
    const known = told.get(text);
    if (known) known.sources.push(effect.source);
    else told.set(text, { effect, sources: [effect.source] });
  }
  return [...told.values()].sort((one, other) => oddness(one.effect) - oddness(other.effect));
}

function isUsual({ class: { constraints } }: Effect): boolean {
  const kinds = constraints.find(({ dimension }) => dimension === 'method-kind');
  return !kinds || kinds.parts.some(({ name }) => name === 'usual');
}

/** Everything about an effect but method and version. */
function usualKey({ kind, source, class: { constraints }, allowedBy }: Effect): string {
  const others = constraints.filter(({ dimension }) => !['method-kind', 'version', 'method'].includes(dimension));
  const owners = allowedBy.map(({ object }) => objectName({ object }));
  return JSON.stringify([kind, source, owners, others.map(({ dimension, parts }) => [dimension, parts])]);
}

/** How far requests are from those that clients usually send. */
function oddness({ class: { constraints } }: Effect): number {
  const lacks = (dimension: string, usual: readonly string[]) => {
    const parts = constraints.find((constraint) => constraint.dimension === dimension)?.parts;
    return parts !== undefined && !parts.some(({ name }) => usual.includes(name));
  };
  const odd = [
    lacks('destination', ['IPv4']),
    lacks('client', ['http', 'tls']),
    lacks('method-kind', ['usual']),
    lacks('version', ['1.1', '2']),
    constraints.some(({ dimension }) => dimension === 'alpn'),
  ];
  return odd.filter(Boolean).length;
}

/** `curl/curl, curl/other and 4 more` */
export function sourcesText(sources: readonly Source[]): string {
  return listed(sources.map(senderText), 'and', MAX_SOURCES);
}

/** `curl/curl`, or `any other ServiceAccount of curl` */
function senderText(source: Source): string {
  return source.serviceAccount === ANY_OTHER ? `any other ServiceAccount of ${source.namespace}` : sourceText(source);
}

/** Requests that a change does something to: which, what allows them, one of them, what comes of it. */
export function effectLines({ effect, sources }: ToldEffect, locate: Locate): string[] {
  const by = ownersText(effect.allowedBy, locate);
  return [
    `from ${sourcesText(sources)}: ${requestClassText(effect.class)}`,
    ...(by.length > 0 ? [`  allowed by ${by.join(' and ')}`] : []),
    `  such as ${classCommand(effect.class)}`,
    `  ${changeText(effect)}`,
  ];
}

/** The objects that allow requests, with their places. */
function ownersText(fields: readonly FieldRef[], locate: Locate): string[] {
  return distinct(fields.map(({ object }) => placeText({ object, path: [] }, locate)));
}

/** The command line of a request of the class: without an address where any IPv4 address outside of the pod will do. */
export function classCommand({ constraints, witness }: RequestClass): string {
  const isBound = constraints.some(
    ({ dimension, parts }) => dimension === 'address' || (dimension === 'destination' && parts[0]!.name !== 'IPv4'),
  );
  if (isBound || witness.scheme === 'tcp') return witness.command;
  return formatCurl({ ...witness, dial: { host: witness.host, port: witness.dial.port } });
}

/** What becomes of the witness. */
export function changeText({ kind, class: { witness }, before, after }: Effect): string {
  if (kind === 'starts') return `so far: ${verdictText(witness, before)}`;
  const [from, to] = [before.ending?.destination, after.ending?.destination];
  if (kind !== 'moves' || !from || !to || destinationText(from) === destinationText(to))
    return `then: ${verdictText(witness, after)}`;
  return `goes to ${destinationText(to)}; so far to ${destinationText(from)}`;
}

/** What the client sees, with the alternatives of an uncertain verdict. */
export function verdictText(target: Target, { verdict, ending, alternatives }: Verdict): string {
  if (ending) return outcomeText(target, ending.outcome);
  const ways = alternatives.map(
    ({ outcome, when }) => `${outcomeText(target, outcome)} ${when.map(conditionText).join(', ')}`,
  );
  return `${verdict}${ways.length > 0 ? ` (${distinct(ways).join('; ')})` : ''}`;
}

/** Where it was too much to tell, and why. */
export function undecidedText(one: UndecidedEffect, locate: Locate): string {
  const places = ownersText(one.at, locate);
  const by = places.length > 0 ? ` (${listed(places)})` : '';
  return `${boundText(one)}, for requests from ${senderText(one.source)}${by}`;
}

/** Whether effects of the kind are listed one by one. */
export const isTold = (kind: Effect['kind']): boolean => kind !== 'fails' && kind !== 'unmodelled';

/**
 * The end of a list of effects, of which those are left out on requests that are denied before and after, or are not modelled.
 * @param also whether anything is in the list
 */
export function nothingElseText({ effects, undecided }: Effects, also = true): string {
  const is = (wanted: Effect['kind']) => effects.some(({ kind }) => kind === wanted);
  const requests = undecided.length === 0 ? 'any request' : 'any request of which that can be decided';
  const but = is('fails') ? ', except how some denied ones fail' : '';
  const unknown = is('unmodelled') ? '; CONNECT by HTTP/2 is not modelled' : '';
  return `nothing ${also ? 'else ' : ''}changes, for ${requests}${but}${unknown}`;
}

/** A line for each, without what becomes of them; a few of many. */
export function classLines(effects: readonly Effect[], most: number): string[] {
  const told = toldOnce(effects, () => undefined);
  const lines = told
    .slice(0, most)
    .map(({ effect, sources }) => `from ${sourcesText(sources)}: ${requestClassText(effect.class)}`);
  return told.length > most ? [...lines, `… and ${told.length - most} more`] : lines;
}
