/** Targets: from a URL, a curl command line or a raw TCP address to what goes on the wire, and back. */
export { TargetError } from './error.js';
export { formatCurl } from './format.js';
export { curlVersion } from './http-request.js';
export { parseCommand } from './parse-command.js';
export { parseCurl } from './parse-curl.js';
export { parseTarget } from './parse-target.js';
export { splitShellWords } from './shell.js';
export { targetFromCommand, targetFromUrl, type UrlOptions } from './target-from-url.js';
export type * from './types.js';
