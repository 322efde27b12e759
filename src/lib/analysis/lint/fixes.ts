import { applyEdits, type FieldEdit } from '../../resources/edit/fields.js';
import type { Egress, KubernetesObject, Resource } from '../../resources/types.js';
import { distinctSources } from '../inspect/inspect.js';
import { implies, type Implication } from '../request-space/index.js';
import { simulate } from '../../simulator/simulation.js';
import { createWorld, nameOf, namespacedName, type Source, type WorldOptions } from '../../simulator/world.js';

/** Objects, and how they are understood. */
export interface Scene {
  readonly objects: readonly Resource[];
  readonly worldOptions: WorldOptions;
}

/** An object with the edits that would be made. */
export interface ObjectEdits {
  readonly object: KubernetesObject;
  readonly edits: readonly FieldEdit[];
}

/** The objects after edits of one of them. */
export function edited(objects: readonly Resource[], { object, edits }: ObjectEdits): Resource[] {
  return objects.map((one) => (one === object ? applyEdits(one, edits) : one));
}

/**
 * Do the edits allow no request that is not surely allowed before, from any source? Proven for all requests, by the request
 * space; the first source for which they do, or for which it cannot be decided, tells.
 */
export function opensNothing({ objects, worldOptions }: Scene, edits: ObjectEdits): Implication {
  const after = edited(objects, edits);
  const [before, then] = [createWorld(objects, worldOptions), createWorld(after, worldOptions)];
  for (const source of sourcesOf([...before.egresses, ...then.egresses], edits.object)) {
    const implication = implies(simulate(before, source), simulate(then, source));
    if (implication.holds !== true) return implication;
  }
  return { holds: true };
}

/** Sources for which the edited object may decide: those of the policy before and after; for another object all that policies name. */
function sourcesOf(egresses: readonly Egress[], { kind, metadata }: KubernetesObject): Source[] {
  const name = namespacedName(metadata.namespace, metadata.name);
  const concerned = kind === 'Egress' ? egresses.filter((policy) => nameOf(policy) === name) : egresses;
  const sources = concerned.flatMap(distinctSources);
  return [...new Map(sources.map((source) => [`${source.namespace}/${source.serviceAccount}`, source])).values()];
}
