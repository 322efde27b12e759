import { ClusterError, ExitCode, OsmTsError } from '../errors.js';

/** The request makes sense and the cluster would do it, but a rule of the mesh forbids it: the answer is no. */
export class RefusedError extends OsmTsError {
  readonly exitCode = ExitCode.no;
}

/** Puts what failed in front of the cluster's own words. */
export function explain(failure: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ClusterError)) throw error;
    throw new ClusterError(`${failure}: ${error.message}`, error.hint, error.status, { cause: error });
  };
}
