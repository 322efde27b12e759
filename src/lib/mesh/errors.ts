import { ExitCode, OsmTsError } from '../errors.js';

/** The request makes sense and the cluster would do it, but a rule of the mesh forbids it: the answer is no. */
export class RefusedError extends OsmTsError {
  readonly exitCode = ExitCode.no;
}
