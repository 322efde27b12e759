import { applyEdits, type FieldEdit } from '../../resources/edit/fields.js';
import type { KubernetesObject, Resource } from '../../resources/types.js';
import { everySource } from '../compare/diff.js';
import { sourcesOf } from '../compare/sources.js';
import type { AnyFinding } from './rules/index.js';
import { difference } from '../request-space/index.js';
import { isAllRead, type Surroundings } from '../unread.js';
import { simulate } from '../../simulator/simulation.js';
import { createWorld, nameOf, namespacedName, type Source, type World } from '../../simulator/world.js';

/** What can be corrected without a change for any request. */
export interface Fixes {
  /** Edits of each object; all of them together change nothing. */
  readonly edits: ReadonlyMap<KubernetesObject, readonly FieldEdit[]>;
  /** Objects without which nothing changes. */
  readonly deletions: ReadonlySet<KubernetesObject>;
  readonly fixed: readonly AnyFinding[];
  /** Findings whose edits, or whose deletion, would change something, or of which that cannot be decided. */
  readonly left: readonly AnyFinding[];
}

/**
 * Of the edits and deletions that findings come with those that are proven to change nothing, one after the other: each on top of
 * those before. An edit that only opened nothing could still keep Envoy from taking what it took before, or shadow another policy.
 * @param editable whether an object may be changed
 */
export function proveFixes(
  scene: Surroundings,
  findings: readonly AnyFinding[],
  editable: (object: KubernetesObject) => boolean,
): Fixes {
  const edits = new Map<KubernetesObject, readonly FieldEdit[]>();
  const deletions = new Set<KubernetesObject>();
  const [fixed, left]: [AnyFinding[], AnyFinding[]] = [[], []];
  let objects = scene.objects;
  for (const finding of findings) {
    const object = finding.at[0]?.object;
    if (!object || !editable(object) || deletions.has(object)) continue;
    if (finding.deletes) {
      // edits of the same object are looked at once more in the next round
      if (edits.has(object)) continue;
      const without = objects.filter((one) => one !== object);
      if (changesNothing(scene, without, object)) {
        objects = without;
        deletions.add(object);
        fixed.push(finding);
      } else left.push(finding);
      continue;
    }
    if (!finding.fix) continue;
    const before = edits.get(object) ?? [];
    const more = finding.fix.filter((edit) => !before.some((other) => isSame(edit, other)));
    if (more.some((edit) => before.some((other) => overlap(edit, other)))) {
      left.push(finding);
      continue;
    }
    const all = [...before, ...more];
    const now = objectIn(objects, object);
    const candidate = objects.map((one) => (one === now ? applyEdits(object, all) : one)) as readonly Resource[];
    if (more.length > 0 && !changesNothing(scene, candidate, object)) {
      left.push(finding);
      continue;
    }
    objects = candidate;
    edits.set(object, all);
    fixed.push(finding);
  }
  return { edits, deletions, fixed, left };
}

/** Proven for all requests of every source that the object may decide for: none fares otherwise. */
function changesNothing(
  { objects, worldOptions, unread }: Surroundings,
  after: readonly Resource[],
  changed: KubernetesObject,
): boolean {
  const [before, then] = [createWorld(objects, worldOptions), createWorld(after, worldOptions)];
  return concernedSources([before, then], after, changed).every((source) => {
    if (!isAllRead(source, before, { objects, unread })) return false;
    const { differing, undecided } = difference(simulate(before, source), simulate(then, source));
    return differing.length === 0 && undecided.length === 0;
  });
}

/** The object as it is after the edits so far. */
function objectIn(objects: readonly Resource[], { kind, metadata }: KubernetesObject): Resource | undefined {
  return objects.findLast(
    (one) => one.kind === kind && nameOf(one) === namespacedName(metadata.namespace, metadata.name),
  );
}

const isSame = (one: FieldEdit, other: FieldEdit): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Does one edit change what the other one is about? */
function overlap({ path: one }: FieldEdit, { path: other }: FieldEdit): boolean {
  return one.every((step, index) => index >= other.length || step === other[index]);
}

/** Sources for which the edited object may decide: those of the policy before and after; for another object everybody. */
function concernedSources(
  worlds: readonly [World, World],
  objects: readonly Resource[],
  { kind, metadata }: KubernetesObject,
): Source[] {
  if (kind === 'Egress') {
    const name = namespacedName(metadata.namespace, metadata.name);
    return sourcesOf(worlds.flatMap(({ egresses }) => egresses.filter((policy) => nameOf(policy) === name)));
  }
  return everySource([{ objects }], worlds);
}
