import { rules, ruleBy, type AnyRule } from '../../analysis/lint/rules/index.js';
import type { LintResult, Reported } from '../../egress/lint/index.js';
import type { SourceLocation } from '../../errors.js';
import type { FieldRef } from '../../resources/types.js';
import { ruleSummary } from '../../wording/rules.js';
import { objectName } from '../../wording/verdict.js';
import { messageOf } from './lines.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;
/** Name of our fingerprint; the number changes when it is made in another way. */
const FINGERPRINT = 'osmTsFinding/v1';
/** Findings in a cluster have no file; code scanning wants one. */
const NO_FILE = 'cluster';

/** SARIF 2.1.0, as code scanning takes it: rules with help, places with regions, fingerprints that survive edits; suppressed findings are there, marked. */
export function sarifLog(result: LintResult, version: string) {
  const { findings, suppressed } = result;
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'osm-ts', semanticVersion: version, rules: rulesInOrder().map(ruleDocument) } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...findings.map((one) => resultDocument(one, result)),
          ...suppressed.map((one) => ({
            ...resultDocument(one, result),
            suppressions: [
              {
                kind: one.by.where.kind === 'flag' ? 'external' : 'inSource',
                ...(one.by.reason !== '' && { justification: one.by.reason }),
              },
            ],
          })),
        ],
      },
    ],
  };
}

function rulesInOrder(): AnyRule[] {
  return [...rules].sort((one, other) => (one.code < other.code ? -1 : 1));
}

function ruleDocument({ code, name, level }: AnyRule) {
  const text = ruleSummary(name);
  return {
    id: code,
    name: name.replace(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase()),
    shortDescription: { text },
    help: { text: `${text}. osm-ts egress lint --explain ${code} says why, and what to do.` },
    defaultConfiguration: { level: LEVELS[level] },
    properties: { tags: ['egress'] },
  };
}

function resultDocument(one: Reported, { input: { locate } }: LintResult) {
  const { finding, code, place, fingerprint } = one;
  const index = rulesInOrder().findIndex((rule) => rule === ruleBy.get(code));
  const related = finding.at.flatMap((ref) => {
    const other = locate(ref.object, ref.path);
    return other ? [{ ...locationOf(other), message: { text: nameOf(ref) } }] : [];
  });
  return {
    ruleId: code,
    ruleIndex: index,
    level: LEVELS[finding.level],
    message: { text: messageOf(one) },
    locations: [locationOf(place)],
    ...(related.length > 0 && { relatedLocations: related }),
    partialFingerprints: { [FINGERPRINT]: fingerprint },
  };
}

function locationOf(place: SourceLocation | { readonly file: string } | undefined) {
  const uri = encodeURI((place?.file ?? NO_FILE).replaceAll('\\', '/')).replace(/[?#]/g, encodeURIComponent);
  const [startLine, startColumn] = place && 'line' in place ? [place.line, place.column] : [1, 1];
  return { physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } } };
}

const nameOf = (ref: FieldRef): string => objectName(ref);
