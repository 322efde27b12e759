import { samplesOf } from '../../analysis/probes/index.js';
import { fullMatcher } from '../../simulator/envoy/re2.js';

/** A path that the regular expression matches in full and that curl sends as it is written; undefined when none is found. */
export function samplePath(pattern: string): string | undefined {
  const samples = samplesOf(pattern);
  const candidates = ['/', ...samples, ...samples.map((sample) => `/${sample}`)];
  return firstMatch(pattern, candidates, /^\/(?:[\w~!$&'()*+,;=:@%-]|\.(?!\.?(?:\/|$))|\/)*$/);
}

/** A header value that the regular expression matches in full and that curl sends as it is written. */
export function sampleHeader(pattern: string): string | undefined {
  return firstMatch(pattern, ['x', ...samplesOf(pattern)], /^[!-~](?:[ -~]*[!-~])?$/);
}

function firstMatch(pattern: string, candidates: readonly string[], shape: RegExp): string | undefined {
  const matches = fullMatcher(pattern);
  return candidates.find((text) => shape.test(text) && matches?.(text));
}
