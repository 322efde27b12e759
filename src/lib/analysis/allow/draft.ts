import type { Resource } from '../../resources/types.js';
import { createWorld, type World, type WorldOptions } from '../../simulator/world.js';
import type { Detour, StepCode } from './types.js';

/** The objects with some changes made. Drafts never change; every change makes another one. */
export class Draft {
  private built: World | undefined;

  private constructor(
    private readonly options: WorldOptions,
    readonly objects: readonly Resource[],
    /** Changed objects, each with what it was in the beginning. */
    readonly originals: ReadonlyMap<Resource, Resource>,
    readonly created: readonly Resource[],
    readonly steps: readonly StepCode[],
    /** Things that somebody wrote and that the changes take away. */
    readonly takenAway: number,
    /** Why TCP stands in for what the request really is, if it does. */
    readonly detour: Detour | undefined,
  ) {}

  static of(objects: readonly Resource[], options: WorldOptions): Draft {
    return new Draft(options, objects, new Map(), [], [], 0, undefined);
  }

  get world(): World {
    return (this.built ??= createWorld(this.objects, this.options));
  }

  /** Puts a changed object in the place of one that is there. */
  replace<T extends Resource>(object: T, changed: T): Draft {
    if (object === changed) return this;
    const swap = (candidate: Resource) => (candidate === object ? changed : candidate);
    const objects = this.objects.map(swap);
    if (this.created.includes(object)) return this.with({ objects, created: this.created.map(swap) });
    const originals = new Map(this.originals);
    originals.delete(object);
    originals.set(changed, this.originals.get(object) ?? object);
    return this.with({ objects, originals });
  }

  add(object: Resource): Draft {
    return this.with({ objects: [...this.objects, object], created: [...this.created, object] });
  }

  /** Notes why the last changes were made, and what they cost beyond their size. */
  because(step: StepCode, { takenAway = 0, detour }: { takenAway?: number; detour?: Detour | undefined } = {}): Draft {
    return this.with({
      steps: this.steps.includes(step) ? this.steps : [...this.steps, step],
      takenAway: this.takenAway + takenAway,
      detour: detour ?? this.detour,
    });
  }

  private with(
    changes: Partial<Pick<Draft, 'objects' | 'originals' | 'created' | 'steps' | 'takenAway' | 'detour'>>,
  ): Draft {
    const { objects, originals, created, steps, takenAway, detour } = { ...this.parts(), ...changes };
    return new Draft(this.options, objects, originals, created, steps, takenAway, detour);
  }

  private parts() {
    const { objects, originals, created, steps, takenAway, detour } = this;
    return { objects, originals, created, steps, takenAway, detour };
  }

  /** Equal for drafts that hold the same objects. */
  get key(): string {
    return JSON.stringify([[...this.originals.keys()].map(identified).sort(), this.created.map(identified).sort()]);
  }
}

function identified(object: Resource): string {
  return JSON.stringify(object);
}
