import type { Refusal } from '../analysis/compare/index.js';
import type { EgressPort, FieldRef, TypedLocalReference, Locate } from '../resources/types.js';
import type { Source } from '../simulator/world.js';
import { objectName, refusalText } from './verdict.js';
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

export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
