import type { ChangePlan, ObjectChange, Plan, PlanEffect } from '../../analysis/allow/index.js';
import { qualifiedName } from '../../resources/kinds.js';
import type { AllowAnswer } from '../../egress/allow/index.js';
import type { WrittenObject } from '../../egress/allow/write.js';
import type { FieldPath, Resource, Locate } from '../../resources/types.js';
import type { Target } from '../../simulator/request/index.js';
import type { Verdict } from '../../simulator/verdict.js';
import { conditionText } from '../../wording/verdict.js';
import { faultDocument } from '../target-fault.js';
import { effectDocument, undecidedDocument } from '../effect-document.js';
import { diffText } from './text.js';
import { changeTexts, noteText, reasonText } from '../../wording/allow.js';
import type { Palette } from '../../cli/color.js';

/** `kind: EgressAllow`, described by schemas/egress-allow.json. */
export function allowDocument(answer: AllowAnswer, written: readonly WrittenObject[], plain: Palette) {
  const { input, plans, changes } = answer;
  const { namespace, serviceAccount } = input.source;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressAllow',
    source: { namespace, serviceAccount, pod: input.pod?.metadata.name ?? null },
    plans: plans.map((plan) => planDocument(plan, input.locate)),
    changes: changes.map((change) => ({ ...changeDocument(change, input.locate), manifest: change.after })),
    diff: diffText(answer, plain),
    written: written.map(({ kind, object, change, file }) => ({
      object: qualifiedName(kind, object.metadata.name),
      namespace: object.metadata.namespace ?? null,
      result: change,
      file: file ?? null,
    })),
    ...(answer.faults.length > 0 && { errors: answer.faults.map(faultDocument) }),
  };
}

function planDocument(plan: Plan, locate: Locate) {
  const { target, before, result } = plan;
  return {
    target: targetDocument(target),
    result,
    before: verdictDocument(before),
    after: result === 'change' ? verdictDocument(plan.after) : null,
    reason: result === 'impossible' || result === 'unknown' ? reasonDocument(plan) : null,
    ...(result === 'change' ? changePlanDocument(plan, locate) : {}),
    notes:
      result === 'change' || result === 'nothing-to-do'
        ? plan.notes.map((note) => ({ code: note.code, message: noteText(note) }))
        : [],
  };
}

function changePlanDocument(plan: ChangePlan, locate: Locate) {
  const { steps, changes, cost } = plan;
  const effects = (...kinds: PlanEffect['kind'][]) =>
    effectsDocument(
      plan.effects.filter(({ kind }) => kinds.includes(kind)),
      locate,
    );
  return {
    steps,
    changes: changes.map((change) => changeDocument(change, locate)),
    alsoAllows: effects('starts'),
    alsoDenies: effects('stops'),
    alsoChanges: effects('moves', 'varies', 'unmodelled'),
    failsOtherwise: effects('fails'),
    undecided: plan.undecided.map((one) => undecidedDocument(one, locate)),
    cost,
  };
}

function reasonDocument({ reason, target }: Extract<Plan, { result: 'impossible' | 'unknown' }>) {
  const { why, instead } = reasonText(reason, target);
  return { code: reason.code, message: why, hint: instead };
}

function changeDocument(change: ObjectChange, locate: Locate) {
  const object = change.kind === 'edit' ? change.before : change.after;
  const location = locate(object, []);
  return {
    action: change.kind,
    object: { ...objectDocument(object), file: location?.file ?? null, line: location?.line ?? null },
    summary: changeTexts(change),
    edits:
      change.kind === 'edit'
        ? change.edits.map((edit) => ({
            op: edit.op,
            path: pointer(edit.path),
            ...(edit.op === 'set' ? { value: edit.value } : {}),
            ...(edit.op === 'insert' ? { index: edit.index, values: edit.values } : {}),
          }))
        : [],
  };
}

function objectDocument({ apiVersion, kind, metadata }: Resource) {
  return { apiVersion, kind, namespace: metadata.namespace ?? null, name: metadata.name };
}

function effectsDocument(effects: readonly PlanEffect[], locate: Locate) {
  return effects.map((effect) => ({
    ...effectDocument(effect, locate),
    where: effect.where,
    intended: effect.intended,
  }));
}

function targetDocument({ command, scheme, host, port, dial, http, tls }: Target) {
  return {
    command,
    scheme,
    host,
    port,
    dialled: `${dial.host}:${dial.port}`,
    method: http?.method ?? null,
    path: http?.path ?? null,
    sni: tls?.sni ?? null,
  };
}

function verdictDocument({ verdict, ending, alternatives }: Verdict) {
  return {
    verdict,
    outcome: ending?.outcome ?? null,
    destination: ending?.destination ?? null,
    alternatives: alternatives.map(({ outcome, destination, when }) => ({
      when: when.map(conditionText),
      outcome,
      destination,
    })),
  };
}

/** RFC 6901. */
function pointer(path: FieldPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
