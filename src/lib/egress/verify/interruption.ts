import { InterruptedError } from '../../errors.js';
import type { Target } from '../../simulator/request/index.js';
import { visible } from '../../text/visible.js';

/** How many command lines of each sort are named; the others are counted. */
const MOST_NAMED = 20;

export interface Progress {
  /** All, in the order in which they are sent. */
  readonly targets: readonly Target[];
  /** How many of them have their result. */
  readonly done: number;
  /** The next one was given to the pod, and nobody waits for its end. */
  readonly isUnderWay: boolean;
  /** For each request. */
  readonly timeoutSeconds: number;
}

/** What an interruption leaves: which requests were sent, and which were not. */
export function interruption({ targets, done, isUnderWay, timeoutSeconds }: Progress): InterruptedError {
  const sent = done + (isUnderWay ? 1 : 0);
  const lines = [
    `interrupted: ${sent} of ${targets.length} requests sent`,
    ...named('sent', targets.slice(0, done)),
    ...named('sent, and its end not seen', targets.slice(done, sent)),
    ...named('not sent', targets.slice(sent)),
  ];
  const hint = `curl may go on in the pod, for ${timeoutSeconds} seconds at most (--timeout)`;
  return new InterruptedError(lines.join('\n'), isUnderWay ? hint : undefined);
}

function named(what: string, targets: readonly Target[]): string[] {
  const lines = targets.slice(0, MOST_NAMED).map(({ command }) => `${what}: ${visible(command)}`);
  const more = targets.length - lines.length;
  return more > 0 ? [...lines, `${what}: ${more} more`] : lines;
}
