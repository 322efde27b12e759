import { rules, ruleBy, type AnyRule } from '../../analysis/lint/rules/index.js';
import type { LintResult, Reported } from '../../egress/lint/index.js';
import type { FieldRef } from '../../resources/types.js';
import { ruleSummary } from '../../wording/rules.js';
import { objectName } from '../../wording/verdict.js';
import { sarifDocument, sarifLocation, sarifName } from '../reports/sarif.js';
import { messageOf } from './lines.js';

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;
/** Name of our fingerprint; the number changes when it is made in another way. */
const FINGERPRINT = 'osmTsFinding/v1';

/** SARIF 2.1.0, as code scanning takes it: rules with help, places with regions, fingerprints that survive edits; suppressed findings are there, marked. */
export function sarifLog(result: LintResult, version: string) {
  const { findings, suppressed } = result;
  return sarifDocument(version, rulesInOrder().map(ruleDocument), [
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
  ]);
}

function rulesInOrder(): AnyRule[] {
  return [...rules].sort((one, other) => (one.code < other.code ? -1 : 1));
}

function ruleDocument({ code, name, level }: AnyRule) {
  const text = ruleSummary(name);
  return {
    id: code,
    name: sarifName(name),
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
    return other ? [{ ...sarifLocation(other), message: { text: nameOf(ref) } }] : [];
  });
  return {
    ruleId: code,
    ruleIndex: index,
    level: LEVELS[finding.level],
    message: { text: messageOf(one) },
    locations: [sarifLocation(place)],
    ...(related.length > 0 && { relatedLocations: related }),
    partialFingerprints: { [FINGERPRINT]: fingerprint },
  };
}

const nameOf = (ref: FieldRef): string => objectName(ref);
