import type { ChangePlan, PlanEffect } from '../../analysis/allow/index.js';
import type { Locate } from '../../resources/types.js';
import { otherRequestsText } from '../../wording/request-class.js';
import { changeText, sourcesText, toldOnce } from '../../wording/effects.js';
import { sourceText } from '../../wording/policy.js';

/** Lines that are shown of each group. */
const SHOWN = 5;

export interface EffectGroup {
  readonly label: string;
  readonly lines: readonly string[];
}

/** What a plan does besides letting its target through, the nearest first; how else denied requests fail is left out. */
export function effectGroups(plan: ChangePlan, locate: Locate): EffectGroup[] {
  const { target, effects } = plan;
  const ofKind = (...kinds: PlanEffect['kind'][]) => effects.filter(({ kind }) => kinds.includes(kind));
  const starts = ofKind('starts');
  const which = (effect: PlanEffect) => otherRequestsText(effect.class, target);
  const what = (effect: PlanEffect) => `${which(effect)}: ${changeText(effect)}`;
  return [
    group(plan, locate, 'also allows', starts.filter(({ intended }) => !intended).sort(nearestFirst), which),
    group(
      plan,
      locate,
      'as was meant',
      starts.filter(({ intended }) => intended),
      which,
    ),
    group(plan, locate, 'also denies', ofKind('stops'), which),
    group(plan, locate, 'also changes', ofKind('moves', 'varies'), what),
  ].filter(({ lines }) => lines.length > 0);
}

const PLACES: readonly PlanEffect['where'][] = ['own', 'near', 'elsewhere'];
const nearestFirst = (one: PlanEffect, other: PlanEffect) => PLACES.indexOf(one.where) - PLACES.indexOf(other.where);

function group(
  { source }: ChangePlan,
  locate: Locate,
  label: string,
  effects: readonly PlanEffect[],
  text: (effect: PlanEffect) => string,
): EffectGroup {
  const told = toldOnce(effects, locate);
  const lines = told.slice(0, SHOWN).map(({ effect, sources }) => {
    const [only, ...more] = sources;
    if (only === source && more.length === 0) return text(effect);
    const isSibling = sources.every((one) => sourceText(one) === sourceText(source));
    return `${text(effect)}, from ${isSibling ? `other pods of ${sourceText(source)}` : sourcesText(sources)}`;
  });
  return { label, lines: told.length > SHOWN ? [...lines, `and ${told.length - SHOWN} more`] : lines };
}
