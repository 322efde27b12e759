import { UsageError } from '../errors.js';
import { isDnsLabel, isDnsSubdomain, validName } from '../text/dns-names.js';
import { quoted } from '../text/shorten.js';

/** The items of a repeatable flag, in which commas separate too. @throws UsageError for a flag that is given and empty */
export function splitItems(values: readonly string[], flag: string): string[] {
  const items = values.flatMap((value) => value.split(',')).map((item) => item.trim());
  const given = items.filter((item) => item !== '');
  if (values.length > 0 && given.length === 0)
    throw new UsageError(`${flag} is empty`, `give ${flag} a value, or leave it out`);
  return given;
}

/** @throws UsageError unless it can name a policy, an HTTPRouteGroup, an UpstreamTrafficSetting or a ServiceAccount */
export function checkObjectName(name: string, flag: string): string {
  if (isDnsSubdomain(name)) return name;
  throw new UsageError(
    `${flag} ${quoted(name)} cannot be the name of an object`,
    nameHint(name, 'use at most 253 lower-case letters, digits, - and ., with a letter or digit at both ends'),
  );
}

/** @throws UsageError unless it can name a namespace */
export function checkNamespaceName(name: string, flag: string): string {
  if (isDnsLabel(name)) return name;
  throw new UsageError(
    `${flag} ${quoted(name)} cannot be the name of a namespace`,
    nameHint(name, 'use at most 63 lower-case letters, digits and -, with a letter or digit at both ends'),
  );
}

function nameHint(name: string, rule: string): string {
  const repaired = validName(name, true);
  return repaired !== undefined && repaired !== name ? `${rule}, for example ${repaired}` : rule;
}
