import { UsageError } from '../errors.js';
import { isDnsSubdomain } from '../text/dns-names.js';

/**
 * Name of a policy as given on a command line: `x`, or what `-o name` prints, `egress.policy.openservicemesh.io/x`.
 * @throws UsageError for what cannot be one
 */
export function parsePolicyName(word: string): string {
  const name = word.trim().replace(/^egress(?:es)?(?:\.policy\.openservicemesh\.io)?\//, '');
  if (isDnsSubdomain(name)) return name;
  const slash = /^([^/]+)\/([^/]+)$/.exec(name);
  throw new UsageError(
    `${JSON.stringify(word.slice(0, 80))} cannot be the name of a policy`,
    slash && isDnsSubdomain(slash[2]!)
      ? `write the namespace with -n: ${slash[2]} -n ${slash[1]}`
      : 'use lower-case letters, digits, - and ., with a letter or digit at both ends',
  );
}
