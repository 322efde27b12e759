import type { FieldRef } from '../../resources/types.js';
import { fieldRef } from '../../simulator/world.js';
import { valueAt } from '../../text/plain-data.js';
import type { AnyFinding } from './rules/index.js';

/** The field that a finding is shown at: of its policy where it has one, because there it can be corrected or suppressed. */
export function primaryField({ policy, port, at }: Pick<AnyFinding, 'policy' | 'port' | 'at'>): FieldRef | undefined {
  if (!policy) return at[0];
  const own = at.find(({ object }) => object === policy);
  return own ?? (port === null ? fieldRef(policy) : fieldRef(policy, 'spec', 'ports', port));
}

/**
 * What a finding is about, as a text that stays the same when lines move and lists are sorted: items of lists count by what they
 * hold, not by where they are.
 */
export function identityOf(finding: AnyFinding): string {
  const field = primaryField(finding);
  if (finding.rule === 'manifest-oddity') return JSON.stringify([finding.rule, finding.data.warning.message]);
  if (finding.rule === 'suppression-unused' || finding.rule === 'suppression-invalid') {
    return JSON.stringify([finding.rule, finding.data.suppression.written]);
  }
  if (!field) return JSON.stringify([finding.rule]);
  const { object, path } = field;
  const steps = path.map((step, index) =>
    typeof step === 'number' ? JSON.stringify(valueAt(object, path.slice(0, index + 1)) ?? null) : step,
  );
  const others = finding.at
    .filter((ref) => ref.object !== object)
    .map(({ object: { kind, metadata } }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
  const { namespace = '', name } = object.metadata;
  return JSON.stringify([finding.rule, object.kind, namespace, name, steps, others]);
}
