import type { HttpRequest } from './types.js';

/** Methods that Envoy's HTTP/1 parsers know; with another one the connection is not recognised as HTTP. */
const knownMethods = new Set(
  (
    'ACL BIND CHECKOUT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH POST ' +
    'PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
  ).split(' '),
);

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// eslint-disable-next-line no-control-regex -- bytes that begin another line, or are refused
const control = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * What in a clear-text request is so unusual that Envoy versions differ on it, or refuse it: each a reason for an unknown
 * verdict.
 */
export function oddities(request: HttpRequest): string[] {
  const { method, path, authority, headers, version } = request;
  const reasons: string[] = [];
  const methodIsKnown = version === '2' ? token.test(method) && method !== 'CONNECT' : knownMethods.has(method);
  if (!methodIsKnown)
    reasons.push(`the method ${JSON.stringify(method)}: Envoy does not treat it as an ordinary HTTP request`);
  if (!/^(?:\/[!-~]*|\*)$/.test(path))
    reasons.push(
      `the request target ${JSON.stringify(path.slice(0, 80))}: it is no plain path, and Envoy may refuse it`,
    );
  if (authority !== null && !/^[\w.:[\]%~!$&'()*+,;=@-]*$/.test(authority))
    reasons.push(`the Host ${JSON.stringify(authority.slice(0, 80))}: it is no host name, and Envoy may refuse it`);
  for (const [name, value] of headers) {
    if (!token.test(name)) reasons.push(`the header ${JSON.stringify(name.slice(0, 80))}: its name is no HTTP token`);
    else if (control.test(value)) reasons.push(`the header ${name}: a control character in the value`);
  }
  return reasons;
}
