import type { LintResult, Reported } from '../../egress/lint/index.js';
import type { Level } from '../../analysis/lint/rule.js';
import { objectDocument } from '../explain/document.js';
import { concernedText } from '../../wording/findings.js';

/** `kind: LintReport`, described by schemas/lint-report.json. */
export function lintDocument(result: LintResult) {
  const { findings, suppressed, known, policies } = result;
  const count = (level: Level) => findings.filter(({ finding }) => finding.level === level).length;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'LintReport',
    summary: {
      policies,
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      suppressed: suppressed.length,
      known: known.length,
    },
    findings: findings.map((one) => findingDocument(one, result)),
    suppressed: suppressed.map((one) => ({
      ...findingDocument(one, result),
      suppression: { by: one.by.where.kind, reason: one.by.reason },
    })),
  };
}

function findingDocument({ finding, code, place, fingerprint }: Reported, { input: { locate } }: LintResult) {
  const { rule, level, policy, port, sources, at, fix } = finding;
  const position = place && 'line' in place ? place : undefined;
  return {
    code,
    rule,
    level,
    message: concernedText(finding),
    policy: policy ? { namespace: policy.metadata.namespace ?? null, name: policy.metadata.name } : null,
    port: port === null ? null : (policy?.spec.ports[port]?.number ?? null),
    sources: sources.map(({ namespace, serviceAccount }) => ({ namespace, serviceAccount })),
    file: place?.file ?? null,
    line: position?.line ?? null,
    column: position?.column ?? null,
    objects: at.map((ref) => objectDocument(ref, locate)),
    fixable: fix !== undefined,
    fingerprint,
  };
}
