import type { ChangePlan, Effect } from '../../analysis/allow/index.js';

/** Requests that are shown of each group. */
const SHOWN = 2;

export interface EffectGroup {
  /** What they have in common, to stand behind "7 other requests". */
  readonly what: string;
  readonly count: number;
  /** Command lines, the client in front where it is another one. */
  readonly examples: readonly string[];
}

/** What a plan newly allows besides its target, grouped by how near it is. */
export function allowedGroups(plan: ChangePlan): EffectGroup[] {
  const { host, dial } = plan.target;
  const asMeant = plan.alsoAllows.filter(({ intended }) => intended);
  const others = plan.alsoAllows.filter(({ intended }) => !intended);
  const at = (where: Effect['where']) => others.filter((effect) => effect.where === where);
  return [
    group(plan, `to ${host}:${dial.port}`, at('own')),
    group(plan, `under other names at ${dial.host}:${dial.port}`, at('near')),
    group(plan, 'elsewhere', at('elsewhere')),
    group(plan, 'that the policies were meant to allow', asMeant),
  ].filter(({ count }) => count > 0);
}

export function deniedGroup(plan: ChangePlan): EffectGroup {
  return group(plan, 'that are allowed now', plan.alsoDenies);
}

export function changedGroup(plan: ChangePlan): EffectGroup {
  return group(plan, 'that end differently', plan.alsoChanges);
}

function group({ source }: ChangePlan, what: string, effects: readonly Effect[]): EffectGroup {
  const examples = effects.slice(0, SHOWN).map((effect) => {
    const { namespace, serviceAccount } = effect.source;
    const isOther = namespace !== source.namespace || serviceAccount !== source.serviceAccount;
    return isOther ? `${effect.target.command} from ${namespace}/${serviceAccount}` : effect.target.command;
  });
  return { what, count: effects.length, examples };
}
