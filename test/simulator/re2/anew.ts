import { inspect, type RegexInspection } from '../../../src/lib/simulator/envoy/re2.js';
import { matcherOf } from '../../../src/lib/simulator/envoy/re2/matcher.js';
import { allowance } from '../../../src/lib/simulator/envoy/re2/work.js';

/** Patterns are inspected as if for the first time: an answer that is remembered shows no change of the sources (scripts/mutate). */

export function inspectAnew(pattern: string): RegexInspection {
  return inspect(pattern, allowance()).inspection;
}

/** As `fullMatcher`: null for a pattern that Envoy does not accept. */
export function matcherAnew(pattern: string): ((text: string) => boolean) | null {
  const { inspection, compiled } = inspect(pattern, allowance());
  return compiled && inspection.accepted ? matcherOf(compiled) : null;
}
