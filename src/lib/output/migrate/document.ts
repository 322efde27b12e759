import type { MigrationAnswer } from '../../egress/migrate.js';
import { messageText, reasonText, remedyText } from '../../wording/migrate.js';
import { endText } from '../../wording/diff.js';
import { classCommand } from '../../wording/effects.js';
import { sourceText } from '../../wording/policy.js';
import { requestClassText } from '../../wording/request-class.js';
import { undecidedDocument } from '../effect-document.js';
import { firstOf, objectDocument } from '../explain/document.js';

/** `kind: EgressMigration`, described by schemas/egress-migration.json. */
export function migrationDocument(answer: MigrationAnswer) {
  const { plan, changes, undecided, messages, sources, input } = answer;
  const { locate, world } = input;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressMigration',
    sources: sources.map(sourceText),
    meshConfig: plan.meshConfig,
    resources: plan.emitted.map(({ object, from }) => ({
      object,
      from: firstOf(from).map((ref) => objectDocument(ref, locate)),
    })),
    identities: plan.identities.map(({ namespace, identity, isShared }) => ({ namespace, identity, shared: isShared })),
    messages: messages.map((message) => ({
      level: message.level,
      code: message.code,
      message: messageText(message, world),
      objects: firstOf(message.at).map((ref) => objectDocument(ref, locate)),
    })),
    widens: changes.some(({ change }) => change === 'wider'),
    narrows: changes.some(({ change }) => change === 'narrower'),
    changes: changes.map((one) => ({
      change: one.change,
      source: sourceText(one.source),
      requests: requestClassText(one.class),
      command: classCommand(one.class),
      osm: { verdict: one.before.verdict, message: endText(one.class.witness, one.before) },
      istio: { verdict: one.after.verdict, message: endText(one.class.witness, one.after) },
      reason: reasonText(one.reason) ?? null,
      remedy: remedyText(one) ?? null,
    })),
    undecided: undecided.map((one) => undecidedDocument(one, locate)),
  };
}
