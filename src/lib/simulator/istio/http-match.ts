import type { HTTPMatchRequest, StringMatch } from '../../resources/istio-types.js';
import type { FieldRef } from '../../resources/types.js';
import type { HeaderMatcher, Route } from '../envoy/types.js';
import { quoteRegex } from './hosts.js';

/** What a match asks of a request, in the words of Envoy's routes. */
export type RouteConditions = Pick<Route, 'pathRegex' | 'method' | 'headers' | 'notUnderstood'>;

const ANYTHING = '(?s:.*)';
export const ANY_REQUEST: RouteConditions = { pathRegex: '.*', method: null, headers: [] };

/** What a match of a VirtualService asks of a request. */
export function conditionsOf(match: HTTPMatchRequest, at: FieldRef): RouteConditions {
  const { uri, method, authority, scheme, headers = {}, withoutHeaders, queryParams, ignoreUriCase } = match;
  const asked: HeaderMatcher[] = Object.entries(headers).map(([name, value]) => ({
    name: name.toLowerCase(),
    regex: regexOf(value),
  }));
  if (authority) asked.push({ name: ':authority', regex: regexOf(authority) });
  if (scheme) asked.push({ name: ':scheme', regex: regexOf(scheme) });
  if (method && method.exact === undefined) asked.push({ name: ':method', regex: regexOf(method) });
  const unread = [
    ...(withoutHeaders && Object.keys(withoutHeaders).length > 0 ? ['withoutHeaders'] : []),
    ...(queryParams && Object.keys(queryParams).length > 0 ? ['queryParams'] : []),
  ];
  const isAny = uri === undefined || uri.prefix === '/' || regexOf(uri) === ANYTHING;
  const folds = ignoreUriCase === true && uri?.regex === undefined;
  return {
    pathRegex: isAny ? '.*' : `${folds ? '(?i)' : ''}${regexOf(uri)}`,
    method: method?.exact ?? null,
    headers: asked,
    ...(unread.length > 0 && { notUnderstood: { what: unread.join(' and '), at } }),
  };
}

/** A regular expression that matches as a whole; without any condition the value only has to be there. */
function regexOf({ exact, prefix, regex }: StringMatch): string {
  if (exact !== undefined) return quoteRegex(exact);
  if (prefix !== undefined) return quoteRegex(prefix) + ANYTHING;
  return regex ?? ANYTHING;
}

/** Both what the first asks and what the second does. */
export function bothOf(one: RouteConditions, other: RouteConditions): RouteConditions | undefined {
  if (one.method !== null && other.method !== null && one.method !== other.method) return undefined;
  const isAny = ({ pathRegex }: RouteConditions) => pathRegex === '.*';
  const [first, second] = isAny(one) ? [other, one] : [one, other];
  const alsoPath = isAny(second) || second.pathRegex === first.pathRegex ? [] : [pathHeader(second.pathRegex)];
  const notUnderstood = one.notUnderstood ?? other.notUnderstood;
  return {
    pathRegex: first.pathRegex,
    method: one.method ?? other.method,
    headers: [...one.headers, ...other.headers, ...alsoPath],
    ...(notUnderstood && { notUnderstood }),
  };
}

/** A second condition for the path: on the header that holds it, with its query. */
function pathHeader(regex: string): HeaderMatcher {
  return { name: ':path', regex: `(?:${regex})(?:\\?${ANYTHING})?` };
}
