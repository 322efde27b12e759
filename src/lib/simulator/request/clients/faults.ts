import { shortened } from '../../../text/shorten.js';
import { TargetError } from '../error.js';

/** What a command line does not have. @param form of a whole one */
export function missing(what: string, form: string): TargetError {
  return new TargetError(`${what} is missing`, `write ${form}`);
}

/** Why nothing can be told about a request that goes through a proxy. */
export function proxyReason(option: string, proxy: string): string {
  return `${option} ${shortened(proxy, 80)}: the connection goes to the proxy`;
}
