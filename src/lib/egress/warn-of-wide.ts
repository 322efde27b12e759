import { onePerPolicy } from '../analysis/lint/wider.js';
import type { Finding } from '../analysis/lint/rule.js';
import type { Reporter } from '../reporter.js';
import type { Locate } from '../resources/types.js';
import { wideText } from '../wording/notices.js';

/** Warns of each policy that opens more than it says: whoever reads the policy would not see it, and the answer may not show it. */
export function warnOfWide(findings: readonly Finding[], { locate }: { readonly locate: Locate }, report: Reporter) {
  for (const finding of onePerPolicy(findings)) report.warn(wideText(finding, locate));
}
