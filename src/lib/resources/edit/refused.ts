import { InputError, type SourceLocation } from '../../errors.js';

/** A manifest cannot be changed as it is written. Nothing has been touched. */
export class EditRefusedError extends InputError {
  constructor(message: string, location: SourceLocation | { readonly file: string }, hint: string) {
    super(message, location, hint);
  }
}
