import type { Namespace } from '../../resources/types.js';
import type { FieldChange } from '../../changes/change.js';
import { RefusedError } from '../errors.js';
import { IGNORE, METRICS, MONITORED_BY, SIDECAR_INJECTION, injectionEffect } from '../../resources/labels.js';
import type { Injection } from '../../resources/labels.js';
import type { RestartQuestion } from '../../changes/restart.js';

/** What a command will do to one namespace, decided from the namespace as it is. Nothing here speaks to a cluster. */
export interface NamespacePlan {
  readonly result: string;
  readonly line: string;
  /** Empty: nothing is to be written. */
  readonly changes: readonly FieldChange[];
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  /** What to look for among the running pods once the changes are made. */
  readonly restart: readonly RestartQuestion[];
}

type Decision = (namespace: Namespace) => NamespacePlan;

export interface AddRequest {
  readonly mesh: string;
  readonly injection: Injection;
  /** Take the namespace out of the mesh that it is in. */
  readonly overwrite: boolean;
}

/**
 * Puts a namespace into a mesh (osm-cli §8.2 rows 4–7, defects 5 and 6).
 * @throws RefusedError for an ignored namespace, and for one of another mesh without `overwrite`
 */
export function planAdd({ mesh, injection, overwrite }: AddRequest): Decision {
  return (namespace) => {
    const { name, labels = {}, annotations = {} } = namespace.metadata;
    const current = labels[MONITORED_BY];
    const isMember = current === mesh;
    if (!isMember && labels[IGNORE] === 'true') throw ignored(name, mesh);
    if (current && !isMember && !overwrite) throw taken(name, current, mesh);
    const changes = [
      ...(isMember ? [] : [label(namespace, MONITORED_BY, mesh)]),
      // A value that means the same to the injector is left as it is.
      ...(injectionEffect(annotations[SIDECAR_INJECTION]) === injection
        ? []
        : [annotation(namespace, SIDECAR_INJECTION, injection)]),
    ];
    const isIgnored = labels[IGNORE] !== undefined;
    return {
      result: isMember ? (changes.length > 0 ? 'repaired' : 'unchanged') : current ? 'moved' : 'added',
      line: isMember
        ? `Namespace [${name}] has already been added to mesh [${mesh}]`
        : `Namespace [${name}] successfully added to mesh [${mesh}]`,
      changes,
      notes: [
        ...(current && !isMember ? [`namespace [${name}] was in mesh [${current}] before`] : []),
        ...changes
          .filter(({ path, from }) => path.includes(SIDECAR_INJECTION) && (isMember || from !== undefined))
          .map((change) => `namespace [${name}]: ${tell(change)}`),
      ],
      warnings: isIgnored
        ? [`namespace [${name}] is ignored: its pods get no sidecar until osm-ts namespace unignore ${name}`]
        : [],
      restart: isIgnored || changes.length === 0 ? [] : afterJoining(injection, Boolean(current) && !isMember),
    };
  };
}

function afterJoining(injection: Injection, moved: boolean): RestartQuestion[] {
  if (injection === 'disabled') {
    return moved ? [{ reason: 'foreign-sidecar' }] : [{ reason: 'leftover-sidecar', except: 'enabled' }];
  }
  return [
    { reason: 'missing-sidecar', except: 'disabled' },
    ...(moved ? [{ reason: 'foreign-sidecar' } as const] : []),
  ];
}

function ignored(name: string, mesh: string): RefusedError {
  return new RefusedError(
    `Cannot add ignored namespace [${name}] to mesh [${mesh}]`,
    `lift that first: osm-ts namespace unignore ${name}`,
  );
}

function taken(name: string, current: string, mesh: string): RefusedError {
  return new RefusedError(
    `Namespace [${name}] belongs to mesh [${current}], and is not added to mesh [${mesh}]`,
    `take it from mesh [${current}] with --overwrite, or remove it there first: ` +
      `osm-ts namespace remove ${name} --mesh-name ${current}`,
  );
}

/**
 * Takes a namespace out of a mesh, and clears the settings that mean something only there (osm-cli §8.5). An ignore label
 * stays, because `ignore` is a decision of its own, which `unignore` undoes (defect 35).
 * @throws RefusedError for a namespace of another mesh
 */
export function planRemove({ mesh }: { readonly mesh: string }): Decision {
  return (namespace) => {
    const { name, labels = {} } = namespace.metadata;
    const current = labels[MONITORED_BY];
    if (current === undefined) {
      const left = leftovers(namespace);
      return {
        ...quiet,
        line: `Namespace [${name}] already does not belong to any mesh`,
        notes: left.length > 0 ? [`namespace [${name}] still has ${left.join(', ')}`] : [],
      };
    }
    // An empty label names no mesh, so nobody else's membership is at stake.
    if (current !== '' && current !== mesh) {
      throw new RefusedError(
        `Namespace [${name}] belongs to mesh [${current}], not mesh [${mesh}]`,
        `name its mesh: --mesh-name ${current}`,
      );
    }
    const isIgnored = labels[IGNORE] !== undefined;
    return {
      result: 'removed',
      line: `Namespace [${name}] successfully removed from mesh [${mesh}]`,
      changes: [
        label(namespace, MONITORED_BY, undefined),
        ...[SIDECAR_INJECTION, METRICS]
          .map((key) => annotation(namespace, key, undefined))
          .filter(({ from }) => from !== undefined),
      ],
      notes: isIgnored ? [`namespace [${name}] stays ignored; to lift that: osm-ts namespace unignore ${name}`] : [],
      warnings: [],
      restart: [{ reason: 'leftover-sidecar' }],
    };
  };
}

function leftovers({ metadata: { labels = {}, annotations = {} } }: Namespace): string[] {
  return [
    ...(labels[IGNORE] === undefined ? [] : [`label ${IGNORE}`]),
    ...[SIDECAR_INJECTION, METRICS].filter((key) => annotations[key] !== undefined).map((key) => `annotation ${key}`),
  ];
}

/** Makes the control plane ignore a namespace, whatever mesh it is in (osm-cli §8.3). */
export const planIgnore: Decision = (namespace) => {
  const { name } = namespace.metadata;
  const change = label(namespace, IGNORE, 'true');
  const isNew = change.from === undefined;
  return {
    result: change.from === 'true' ? 'unchanged' : 'ignored',
    line: `Successfully configured namespace [${name}] to be ignored`,
    changes: change.from === 'true' ? [] : [change],
    notes: isNew || change.from === 'true' ? [] : [`namespace [${name}]: ${tell(change)}`],
    warnings: [],
    restart: isNew ? [{ reason: 'leftover-sidecar' }] : [],
  };
};

/** Takes `planIgnore` back (osm-cli §17, defect 34). */
export const planUnignore: Decision = (namespace) => {
  const { name, labels = {}, annotations = {} } = namespace.metadata;
  if (labels[IGNORE] === undefined) return { ...quiet, line: `namespace/${name} unchanged` };
  const injects = labels[MONITORED_BY] !== undefined && injectionEffect(annotations[SIDECAR_INJECTION]) === 'enabled';
  return {
    result: 'unignored',
    line: `namespace/${name} unignored`,
    changes: [label(namespace, IGNORE, undefined)],
    notes: [],
    warnings: [],
    restart: injects ? [{ reason: 'missing-sidecar', except: 'disabled' }] : [],
  };
};

const quiet = { result: 'unchanged', changes: [], notes: [], warnings: [], restart: [] } as const;

function label({ metadata }: Namespace, key: string, to: string | undefined): FieldChange {
  return { path: ['metadata', 'labels', key], from: metadata.labels?.[key], to };
}

function annotation({ metadata }: Namespace, key: string, to: string | undefined): FieldChange {
  return { path: ['metadata', 'annotations', key], from: metadata.annotations?.[key], to };
}

function tell({ path, from, to }: FieldChange): string {
  const field = `${path.includes('labels') ? 'label' : 'annotation'} ${String(path.at(-1))}`;
  return from === undefined
    ? `${field} was missing, is now ${JSON.stringify(to)}`
    : `${field} was ${JSON.stringify(from)}, is now ${JSON.stringify(to)}`;
}
