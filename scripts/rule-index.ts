import { format, resolveConfig } from 'prettier';

import { rules } from '../src/lib/analysis/lint/rules/index.js';
import { ruleSummary } from '../src/lib/wording/rules.js';
import { packageRoot } from './build/package.js';

/** docs/rules/README.md: every rule of lint, by code. */
export async function ruleIndex(): Promise<string> {
  const rows = [...rules]
    .sort((one, other) => (one.code < other.code ? -1 : 1))
    .map(({ code, name, level }) => `| [${code}](${code}.md) | ${name} | ${level} | ${ruleSummary(name)} |`);
  const text = [
    '# Rules of egress lint',
    '',
    '`osm-ts egress lint` runs them all; `osm-ts egress lint --explain CODE` prints a page. This index is written by `npm run generate`.',
    '',
    'An **error** is a policy, or a part of it, that has no effect or opens too much; a **warning** one that may not do what was meant; **info** is good to know.',
    '',
    'What surprises in the behaviour of egress, and which rule finds it: [traps](../traps.md).',
    '',
    '| code | name | level | what |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## Leaving findings out',
    '',
    'Each way takes a code and a reason, but for the flag; a request that hides nothing, or gives no reason, is a finding itself.',
    '',
    '- on an object: the annotation `osm-ts/lint-ignore: OSM-E023 the database moves often`; several are separated by semicolons',
    '- on a line: a comment `# osm-ts/lint-ignore: OSM-E023 the database moves often`, behind the line or above it',
    '- for one run: `--ignore OSM-E023`',
    '- for what was there before: `--baseline FILE`, written once with `--write-baseline`. It knows findings by what they are about, so lines may move',
    '',
  ].join('\n');
  const path = `${packageRoot}docs/rules/README.md`;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
