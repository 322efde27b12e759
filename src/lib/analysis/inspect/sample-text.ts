import { samplesOf } from '../probes/index.js';
import { fullMatcher } from '../../simulator/envoy/re2.js';

/** Paths that the regular expression matches in full and that curl sends as they are written; a few, for its alternatives. */
export function samplePaths(pattern: string): string[] {
  const samples = samplesOf(pattern);
  const candidates = ['/', ...samples, ...samples.map((sample) => `/${sample}`)];
  return fitting(pattern, candidates, /^\/(?:[\w~!$&'()*+,;=:@%-]|\.(?!\.?(?:\/|$))|\/)*$/);
}

/** Header values that the regular expression matches in full and that curl sends as they are written. */
export function sampleHeaders(pattern: string): string[] {
  return fitting(pattern, ['x', ...samplesOf(pattern)], /^[!-~](?:[ -~]*[!-~])?$/);
}

function fitting(pattern: string, candidates: readonly string[], shape: RegExp): string[] {
  const matches = fullMatcher(pattern);
  return [...new Set(candidates)].filter((text) => shape.test(text) && matches?.(text));
}
