import type { Effect, Refusal } from '../analysis/inspect/compare.js';
import type { EgressPort, FieldRef, TypedLocalReference, Locate } from '../resources/types.js';
import { formatCurl } from '../simulator/request/index.js';
import type { Verdict } from '../simulator/verdict.js';
import type { Source } from '../simulator/world.js';
import { conditionText, destinationText, objectName, outcomeText, refusalText } from './verdict.js';
import { pathText } from '../text/field-path.js';

/** Sentences about policies. They begin in lower case and have no full stop, so that they can be joined. */

/** `curl/curl` */
export function sourceText({ namespace, serviceAccount }: Source): string {
  return `${namespace}/${serviceAccount}`;
}

/** `80/http` */
export function portText({ number, protocol }: EgressPort): string {
  return `${number}/${protocol}`;
}

/** `HTTPRouteGroup/get-only` */
export function referenceText({ kind, name }: TypedLocalReference): string {
  return `${kind}/${name}`;
}

/** `Egress curl/httpbin spec.ports[0] (e.yaml:9)` */
export function placeText(ref: FieldRef, locate: Locate): string {
  const location = locate(ref.object, ref.path);
  const field = ref.path.length > 0 ? ` ${pathText(ref.path)}` : '';
  return `${objectName(ref)}${field}${location ? ` (${location.file}:${location.line})` : ''}`;
}

/** What Envoy refuses, with the objects at fault, a line each. */
export function refusalLines({ source, port, refusal, at }: Refusal, locate: Locate): string[] {
  const where = port === null || refusal.code === 'undecodable' ? '' : ` of port ${port}`;
  const text = refusalText(refusal).replace(
    /^Envoy refuses (the listener|the routes|every cluster)/,
    `Envoy refuses $1${where} for ${sourceText(source)}`,
  );
  return [text, ...distinct(at.map((ref) => placeText(ref, locate))).map((place) => `  ${place}`)];
}

/** A request that changes its verdict: the command line, what allows it, what comes of it. */
export function effectLines(effect: Effect, locate: Locate): string[] {
  const { source, target, allowedBy } = effect;
  const by = distinct(allowedBy.map((ref) => placeText({ object: ref.object, path: [] }, locate)));
  return [
    `from ${sourceText(source)}: ${formatCurl(target)}`,
    ...(by.length > 0 ? [`  allowed by ${by.join(' and ')}`] : []),
    `  ${changeText(effect)}`,
  ];
}

function changeText(effect: Effect): string {
  const { before, after } = effect;
  if (before.verdict !== 'allowed') return `so far: ${verdictText(effect, before)}`;
  const [from, to] = [before.ending?.destination, after.ending?.destination];
  if (after.verdict !== 'allowed' || !from || !to) return `then: ${verdictText(effect, after)}`;
  return `goes to ${destinationText(to)}; so far to ${destinationText(from)}`;
}

/** What the client sees, with the alternatives of an uncertain verdict. */
function verdictText({ target }: Pick<Effect, 'target'>, { verdict, ending, alternatives }: Verdict): string {
  if (ending) return outcomeText(target, ending.outcome);
  const ways = alternatives.map(
    ({ outcome, when }) => `${outcomeText(target, outcome)} ${when.map(conditionText).join(', ')}`,
  );
  return `${verdict}${ways.length > 0 ? ` (${distinct(ways).join('; ')})` : ''}`;
}

export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
