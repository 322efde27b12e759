import { TargetError } from '../error.js';

/** What a command line does not have. @param form of a whole one */
export function missing(what: string, form: string): TargetError {
  return new TargetError(`${what} is missing`, `write ${form}`);
}

export function severalHosts(): TargetError {
  return new TargetError(
    'it connects to several hosts, and a target is one connection',
    'write one target for each host',
  );
}
