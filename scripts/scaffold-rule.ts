/** What a new rule of lint adds to the sources: a rule about a policy by itself, which is what most are. */

const INDEX = 'src/lib/analysis/lint/rules/index.ts';
const SENTENCES = 'src/lib/wording/findings.ts';
const SUMMARIES = 'src/lib/wording/rules.ts';

/** Files that are extended. */
export const scaffoldedFiles: readonly string[] = [INDEX, SENTENCES, SUMMARIES];

/**
 * The files of a new rule.
 * @param before text of `scaffoldedFiles`, by path
 * @returns new text of every file that changes or is new, by path
 */
export function scaffold(name: string, code: string, before: ReadonlyMap<string, string>): Map<string, string> {
  const variable = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const [index, sentences, summaries] = scaffoldedFiles.map((path) => before.get(path)!) as [string, string, string];
  return new Map([
    [`src/lib/analysis/lint/rules/${name}.ts`, ruleText(name, code, variable)],
    [INDEX, inserted(withImport(index, name, variable), /export const policyRules = \[\n/, `  ${variable},\n`)],
    [
      SENTENCES,
      inserted(
        sentences,
        /switch \(finding\.rule\) \{\n/,
        `    case '${name}':\n      return 'describe what is wrong';\n`,
      ),
    ],
    [SUMMARIES, inserted(summaries, /summaries: [^\n]* = \{\n/, `  '${name}': 'Describe the rule',\n`)],
    [`docs/rules/${code}.md`, pageText(name, code)],
  ]);
}

function inserted(text: string, behind: RegExp, addition: string): string {
  const found = behind.exec(text);
  if (!found) throw new Error(`${String(behind)} is not there: the script and the sources do not fit`);
  const at = found.index + found[0].length;
  return text.slice(0, at) + addition + text.slice(at);
}

/** Imports are sorted by file. */
function withImport(index: string, name: string, variable: string): string {
  const line = `import { ${variable} } from './${name}.js';\n`;
  const next = [...index.matchAll(/^import \{ \w+ \} from '\.\/([\w-]+)\.js';\n/gm)].find(([, file]) => file! > name);
  const at = next?.index ?? index.indexOf('\n\n') + 1;
  return index.slice(0, at) + line + index.slice(at);
}

function ruleText(name: string, code: string, variable: string): string {
  return `import { policyRule } from '../rule.js';

/** Why this is odd. Egress semantics §. */
export const ${variable} = policyRule({
  name: '${name}',
  code: '${code}',
  level: 'warning',
  makes: null,
  find: () => [],
});
`;
}

function pageText(name: string, code: string): string {
  const policy = `apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata:
  name: api
  namespace: shop
spec:
  sources:
    - kind: ServiceAccount
      name: api
      namespace: shop
  ports:
    - number: 443
      protocol: https
  hosts:
    - api.example.com
`;
  return `# ${code} ${name}

Describe the rule.

Level: warning

## Why

What happens, and why nobody sees it.

## Bad

\`\`\`yaml
${policy}\`\`\`

## Good

\`\`\`yaml
${policy}\`\`\`

## Fix

What to do.
`;
}
