import type { Resource } from '../../resources/types.js';
import type { Target } from '../../simulator/request/index.js';
import { createWorld, fieldRef, type Source, type World } from '../../simulator/world.js';
import { costOf } from './cost.js';
import { Draft, withChanges } from './draft.js';
import { EffectMeter } from './effects.js';
import { planExclusion, podAmong } from './exclusion.js';
import type { NewPolicyOptions } from './moves/new-policy.js';
import { isTaken } from './names.js';
import { notesOn } from './notes.js';
import { isUncertain, reasonAgainst, reasonForFailure } from './reasons.js';
import { searchChange, type Candidate } from './search.js';
import { isGranted } from '../standing.js';
import { situationOf, type Situation, type Wish } from './situation.js';
import type { AllowOptions, Plan, Reason } from './types.js';

/**
 * The smallest change of the given objects after which a request is let through, proven by simulating the changed objects.
 * How candidates are made and compared: docs/allow.md.
 * @param objects everything that is known, as for `createWorld`; they are not changed
 */
export function planAllow(
  objects: readonly Resource[],
  source: Source,
  target: Target,
  options: AllowOptions = {},
): Plan {
  const { container, resolve } = options;
  const pod = podAmong(objects, options.pod);
  const wish: Wish = { source, target, simulation: { pod, container, resolve } };
  const start = situationOf(Draft.of(createWorld(objects, options.world)), wish);
  const base = { source, target, before: start.verdict };
  const fail = (reason: Reason): Plan =>
    (options.exclusion && planExclusion(objects, start, reason, options)) || {
      ...base,
      result: isUncertain(reason) ? 'unknown' : 'impossible',
      reason,
    };

  if (isGranted(start.verdict)) return { ...base, result: 'nothing-to-do', notes: notesOn(start) };
  const { verdict, events, draft } = start;
  const against = reasonAgainst({ world: draft.world, target, verdict, events });
  if (against) return fail(against);

  const newPolicy = newPolicyOptions(draft.world, source, options);
  const meter = new EffectMeter(draft, wish, start.addresses);
  const search = (editable: (object: Resource) => boolean) =>
    searchChange(start, meter, {
      newPolicy: 'code' in newPolicy ? undefined : newPolicy,
      editable,
      policy: options.policy,
    });
  const { best, tried } = search(options.editable ?? (() => true));
  if (best) return changePlan(objects, start, best, meter, options);
  if ('code' in newPolicy) return fail(newPolicy);
  const elsewhere = options.editable && search(() => true).best;
  if (elsewhere) {
    const beyond = [...elsewhere.situation.draft.originals.values()].filter((object) => !options.editable?.(object));
    return fail({ code: 'out-of-reach', objects: beyond.map((object) => fieldRef(object)) });
  }
  if (wouldHelpToKnowAddress(start, newPolicy)) return fail({ code: 'address-unknown', host: target.dial.host });
  return fail(reasonForFailure(start, tried));
}

/** Stands for the address of a host that nobody has told. */
const SOME_ADDRESS = '203.0.113.254';

/** Is there a change for a host whose address is known, where there is none for one whose address is not? */
function wouldHelpToKnowAddress({ draft, wish, verdict }: Situation, newPolicy: NewPolicyOptions): boolean {
  const { target } = wish;
  if (!verdict.assumptions.some(({ code }) => code === 'address-unknown')) return false;
  const dialled: Wish = { ...wish, target: { ...target, dial: { host: SOME_ADDRESS, port: target.dial.port } } };
  const meter = new EffectMeter(draft, dialled, [SOME_ADDRESS]);
  const options = { newPolicy, editable: () => true, policy: undefined };
  return searchChange(situationOf(draft, dialled), meter, options).best !== undefined;
}

function newPolicyOptions(world: World, source: Source, options: AllowOptions): NewPolicyOptions | Reason {
  const { name, exact = false } = options;
  const namespace = options.namespace ?? homeOfPolicies(world, source);
  if (!world.isMonitored(namespace)) return { code: 'namespace-not-monitored', namespace };
  if (name !== undefined && isTaken(world, 'Egress', namespace, name)) return { code: 'name-taken', namespace, name };
  return { namespace, name, exact };
}

/** The source's namespace, unless policies there have no effect and the source has some elsewhere. */
export function homeOfPolicies(world: World, source: Source): string {
  if (world.isMonitored(source.namespace)) return source.namespace;
  const others = world.policiesNaming(source).map(({ policy }) => policy.metadata.namespace ?? 'default');
  return others.find((namespace) => world.isMonitored(namespace)) ?? source.namespace;
}

function changePlan(
  objects: readonly Resource[],
  start: Situation,
  { situation, effects: measured }: Candidate,
  meter: EffectMeter,
  options: AllowOptions,
): Plan {
  const { wish, draft } = situation;
  const { changes } = draft;
  const changed = withChanges(objects, changes);
  const proof = situationOf(Draft.of(createWorld(changed, options.world)), wish);
  if (!isGranted(proof.verdict)) throw new Error(`the change found for ${wish.target.command} does not prove`);
  const all = measured.ofAllSources ? measured : meter.effectsOf(draft, Infinity);
  return {
    result: 'change',
    source: wish.source,
    target: wish.target,
    before: start.verdict,
    after: proof.verdict,
    changes,
    steps: draft.steps,
    effects: all.effects,
    undecided: all.undecided,
    cost: costOf(situation, all, options.policy),
    notes: notesOn(situation, start),
    objects: changed,
  };
}
