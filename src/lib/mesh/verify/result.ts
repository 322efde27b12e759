export type Status = 'Success' | 'Failure' | 'Unknown';

/** What a verification found, with the steps that it consists of. */
export interface Verification {
  /** What is verified. */
  readonly context: string;
  readonly status: Status;
  readonly reason?: string | undefined;
  readonly suggestion?: string | undefined;
  readonly steps: readonly Verification[];
}

interface Words {
  readonly reason?: string;
  readonly suggestion?: string;
}

export function success(context: string, words: Words = {}): Verification {
  return { context, status: 'Success', ...words, steps: [] };
}

export function failure(context: string, reason: string, suggestion?: string): Verification {
  return { context, status: 'Failure', reason, suggestion, steps: [] };
}

export function unknown(context: string, reason: string, suggestion?: string): Verification {
  // hints of errors may have several lines, a suggestion has one
  return { context, status: 'Unknown', reason, suggestion: suggestion?.replaceAll('\n', '; '), steps: [] };
}

/** What follows from steps: a failed one counts most; one that could not be carried out keeps the whole from being a success. */
export function together(
  context: string,
  steps: readonly Verification[],
  words: 'told' | 'silent' = 'told',
): Verification {
  const has = (status: Status): boolean => steps.some((step) => step.status === status);
  if (has('Failure')) {
    const told = {
      reason: 'A verification step failed',
      suggestion: 'Please follow the suggestions listed in the failed steps below to resolve the issue',
    };
    return { context, status: 'Failure', ...(words === 'told' && told), steps };
  }
  if (!has('Unknown')) return { context, status: 'Success', steps };
  const told = { reason: 'A verification step could not be carried out' };
  return { context, status: 'Unknown', ...(words === 'told' && told), steps };
}
