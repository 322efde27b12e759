import type { FieldChange } from '../../changes/change.js';
import { METRICS, MONITORED_BY } from '../../resources/labels.js';
import type { Namespace, Pod } from '../../resources/types.js';
import { RefusedError } from '../errors.js';

export type Metrics = 'enabled' | 'disabled';

/** The annotations by which Prometheus finds a sidecar's statistics (osm-cli §7). */
const SCRAPE: Readonly<Record<string, string>> = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': '15010',
  'prometheus.io/path': '/stats/prometheus',
};

/** What is to be done to one object. Nothing here speaks to a cluster. */
export interface MetricsPlan {
  /** Empty: nothing is to be written. */
  readonly changes: readonly FieldChange[];
  readonly notes: readonly string[];
}

/**
 * The namespace, whose annotation decides what new pods get.
 * @param meshes that there are; undefined: not known
 * @throws RefusedError for a namespace that is in no mesh, or in one that is not there
 */
export function planNamespace(
  namespace: Namespace,
  wanted: Metrics,
  meshes: ReadonlySet<string> | undefined,
): MetricsPlan {
  const { name, labels = {}, annotations = {} } = namespace.metadata;
  const mesh = labels[MONITORED_BY];
  if (mesh === undefined) {
    throw new RefusedError(
      `Namespace [${name}] does not belong to a mesh, missing label "${MONITORED_BY}"`,
      `add it first: osm-ts namespace add ${name}`,
    );
  }
  if (mesh === '') {
    throw new RefusedError(
      `Label "${MONITORED_BY}" on namespace "${name}" cannot be empty`,
      `say which mesh: osm-ts namespace add ${name} --mesh-name NAME`,
    );
  }
  if (meshes && !meshes.has(mesh)) {
    throw new RefusedError(
      `Invalid mesh name "${mesh}" used with label "${MONITORED_BY}" on namespace "${name}", must be one of [${[...meshes].sort().join(' ')}]`,
      'osm-ts mesh list names the meshes of the cluster',
    );
  }
  const to = wanted === 'enabled' ? 'enabled' : undefined;
  const from = annotations[METRICS];
  return {
    changes: from === to ? [] : [{ path: ['metadata', 'annotations', METRICS], from, to }],
    notes: [],
  };
}

/**
 * A pod that has a sidecar already. Enabling replaces what a user wrote, because the sidecar would not be found otherwise; disabling
 * takes away only what enabling writes (osm-cli §17, defect 13). Both tell.
 */
export function planPod({ metadata }: Pod, wanted: Metrics): MetricsPlan {
  const { annotations = {} } = metadata;
  const where = `pod [${metadata.namespace ?? 'default'}/${metadata.name}]`;
  const all = Object.entries(SCRAPE).map(([key, value]) => ({ key, value, from: annotations[key] }));
  const others = all.filter(({ value, from }) => from !== undefined && from !== value);
  const told = others.map(({ key, from }) => `${key}=${JSON.stringify(from)}`).join(', ');
  const change = (key: string, from: string | undefined, to: string | undefined): FieldChange => ({
    path: ['metadata', 'annotations', key],
    from,
    to,
  });
  if (wanted === 'enabled') {
    return {
      changes: all.filter(({ value, from }) => from !== value).map(({ key, value, from }) => change(key, from, value)),
      notes: others.length > 0 ? [`${where} had ${told}, which is replaced`] : [],
    };
  }
  return {
    changes: all.filter(({ value, from }) => from === value).map(({ key, from }) => change(key, from, undefined)),
    notes: others.length > 0 ? [`${where} keeps ${told}, which osm-ts metrics enable does not write`] : [],
  };
}
