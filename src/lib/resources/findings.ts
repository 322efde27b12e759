import { InputError, type SourceLocation } from '../errors.js';
import { ManifestErrors } from './errors.js';
import type { Limits } from './limits.js';

/** Something in the input that is accepted and probably not meant. */
export interface ManifestWarning {
  /** What is odd, and what was probably meant. */
  readonly message: string;
  readonly location: SourceLocation | { readonly file: string };
}

type Place = SourceLocation | { readonly file: string };

/** A warning whose place is looked up when somebody reads it. */
class LazyWarning implements ManifestWarning {
  #place: Place | (() => Place);

  constructor(
    readonly message: string,
    place: () => Place,
  ) {
    this.#place = place;
  }

  get location(): Place {
    if (typeof this.#place === 'function') this.#place = this.#place();
    return this.#place;
  }
}

/** Gathers what is wrong with an input. Places and remedies are worked out only for what is told in the end. */
export class Findings {
  readonly #errors: InputError[] = [];
  #errorCount = 0;
  readonly #warnings: ManifestWarning[] = [];
  #lastWarning: (() => Place) | undefined;
  #warningCount = 0;

  constructor(private readonly limits: Limits) {}

  /** @throws ManifestErrors when there are so many that reading on is of no use */
  error(message: string, place: () => Place, hint?: string | (() => string | undefined)): void {
    if (this.#errors.length < this.limits.maxErrors) {
      this.#errors.push(new InputError(message, place(), typeof hint === 'function' ? hint() : hint));
    }
    this.#count();
  }

  /** @throws ManifestErrors as `error` does, and when it is given one */
  add(error: InputError): void {
    if (error instanceof ManifestErrors) throw error;
    if (this.#errors.length < this.limits.maxErrors) this.#errors.push(error);
    this.#count();
  }

  #count(): void {
    this.#errorCount += 1;
    if (this.#errorCount >= this.limits.maxCountedErrors) {
      throw new ManifestErrors(this.#errors, this.#errorCount, true);
    }
  }

  warn(message: string, place: () => Place): void {
    this.#warningCount += 1;
    if (this.#warnings.length < this.limits.maxWarnings) this.#warnings.push(new LazyWarning(message, place));
    else this.#lastWarning ??= place;
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  get warnings(): readonly ManifestWarning[] {
    if (!this.#lastWarning) return this.#warnings;
    const rest = this.#warningCount - this.#warnings.length;
    return [
      ...this.#warnings,
      new LazyWarning(`${rest} more warnings; the first of them is about this place`, this.#lastWarning),
    ];
  }

  /** @throws InputError for one error, ManifestErrors for several */
  throwIfAny(): void {
    const [first] = this.#errors;
    if (!first) return;
    throw this.#errorCount === 1 ? first : new ManifestErrors(this.#errors, this.#errorCount, false);
  }
}
