import { applyEdits, differences } from '../../resources/edit/fields.js';
import type { Resource } from '../../resources/types.js';
import type { World } from '../../simulator/world.js';
import { overlay } from './overlay.js';
import type { Detour, ObjectChange, StepCode } from './types.js';

/** A world with some changes made. Drafts never change; every change makes another one. */
export class Draft {
  private built: World | undefined;
  private told: readonly ObjectChange[] | undefined;

  private constructor(
    private readonly base: World,
    /** Changed objects, each with what it was in the beginning. */
    readonly originals: ReadonlyMap<Resource, Resource>,
    readonly created: readonly Resource[],
    readonly steps: readonly StepCode[],
    /** Things that somebody wrote and that the changes take away. */
    readonly takenAway: number,
    /** Why TCP stands in for what the request really is, if it does. */
    readonly detour: Detour | undefined,
  ) {}

  static of(world: World): Draft {
    return new Draft(world, new Map(), [], [], 0, undefined);
  }

  get world(): World {
    if (this.originals.size + this.created.length === 0) return this.base;
    return (this.built ??= overlay(this.base, this.originals, this.created));
  }

  /** What has been changed, object by object. */
  get changes(): readonly ObjectChange[] {
    return (this.told ??= objectChanges(this.originals, this.created));
  }

  /** Puts a changed object in the place of one that is there. */
  replace<T extends Resource>(object: T, changed: T): Draft {
    if (object === changed) return this;
    if (this.created.includes(object)) {
      return this.with({ created: this.created.map((candidate) => (candidate === object ? changed : candidate)) });
    }
    const originals = new Map(this.originals);
    originals.delete(object);
    originals.set(changed, this.originals.get(object) ?? object);
    return this.with({ originals });
  }

  add(object: Resource): Draft {
    return this.with({ created: [...this.created, object] });
  }

  /** Notes why the last changes were made, and what they cost beyond their size. */
  because(step: StepCode, { takenAway = 0, detour }: { takenAway?: number; detour?: Detour | undefined } = {}): Draft {
    return this.with({
      steps: this.steps.includes(step) ? this.steps : [...this.steps, step],
      takenAway: this.takenAway + takenAway,
      detour: detour ?? this.detour,
    });
  }

  private with(changes: Partial<Pick<Draft, 'originals' | 'created' | 'steps' | 'takenAway' | 'detour'>>): Draft {
    const { originals, created, steps, takenAway, detour } = { ...this.parts(), ...changes };
    return new Draft(this.base, originals, created, steps, takenAway, detour);
  }

  private parts() {
    const { originals, created, steps, takenAway, detour } = this;
    return { originals, created, steps, takenAway, detour };
  }

  /** Equal for drafts that hold the same objects. */
  get key(): string {
    return JSON.stringify([[...this.originals.keys()].map(identified).sort(), this.created.map(identified).sort()]);
  }
}

function identified(object: Resource): string {
  return JSON.stringify(object);
}

/** @param originals the changed objects, each with what it was */
export function objectChanges(
  originals: Iterable<readonly [changed: Resource, original: Resource]>,
  created: Iterable<Resource>,
): ObjectChange[] {
  return [
    ...[...originals].map(([wanted, before]): ObjectChange => {
      const edits = differences(before, wanted);
      return { kind: 'edit', before, after: applyEdits(before, edits), edits };
    }),
    ...[...created].map((after): ObjectChange => ({ kind: 'create', after })),
  ];
}

/** The objects with the changes made; those that are not changed are the same ones. */
export function withChanges(objects: readonly Resource[], changes: readonly ObjectChange[]): Resource[] {
  const changed = new Map<Resource | undefined, Resource>(changes.map(({ before, after }) => [before, after]));
  const created = changes.flatMap(({ before, after }) => (before ? [] : [after]));
  return [...objects.map((object) => changed.get(object) ?? object), ...created];
}
