import { quoted } from '../../text/shorten.js';
import type { HttpRequest } from './types.js';

/** RFC 9110 §5.6.2: methods and header names are tokens. */
export const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// eslint-disable-next-line no-control-regex -- bytes that begin another line, or are refused
const control = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * What in a clear-text request breaks the grammar of HTTP, so that Envoy versions differ on what they read: each a reason
 * for an unknown verdict. (Well-formed requests that Envoy treats specially, such as unusual methods, are left to the
 * model of its codec.)
 */
export function oddities({ method, path, authority, headers }: HttpRequest): string[] {
  const reasons: string[] = [];
  if (!token.test(method)) reasons.push(`the method ${quoted(method)}: it is no HTTP token`);
  if (!/^[!-~]+( +[!-~]+)*$/.test(path)) {
    const problem = 'it is empty, ends in a space, or has a control character or one outside ASCII';
    reasons.push(`the request target ${quoted(path)}: ${problem}`);
  }
  if (authority !== null && control.test(authority)) reasons.push('the header Host: a control character in the value');
  for (const [name, value] of headers) {
    if (control.test(name) || control.test(value))
      reasons.push(`the header ${quoted(name)}: it has a control character`);
  }
  return reasons;
}
