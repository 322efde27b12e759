import { Draft } from '../../../src/lib/analysis/allow/draft.js';
import {
  planAllow,
  type AllowOptions,
  type ChangePlan,
  type ObjectChange,
  type Plan,
} from '../../../src/lib/analysis/allow/index.js';
import { situationOf, type Situation } from '../../../src/lib/analysis/allow/situation.js';
import type {
  Egress,
  HTTPMatch,
  HTTPRouteGroup,
  MeshConfig,
  Namespace,
  Resource,
} from '../../../src/lib/resources/types.js';
import { parseTarget } from '../../../src/lib/simulator/request/index.js';
import type { SimulationOptions } from '../../../src/lib/simulator/simulation.js';
import { createWorld } from '../../../src/lib/simulator/world.js';
import { recordedHosts } from '../../conformance/recordings.js';

const CURL = { namespace: 'curl', serviceAccount: 'curl' };

export function account(name = 'curl', namespace = 'curl') {
  return { kind: 'ServiceAccount', name, namespace };
}

export function egress(name: string, spec: Partial<Egress['spec']>, namespace = 'curl'): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace },
    spec: { sources: [account()], ports: [], ...spec },
  };
}

export const http = (number = 80) => ({ number, protocol: 'http' });
export const https = (number = 443) => ({ number, protocol: 'https' });
export const tcp = (number: number) => ({ number, protocol: 'tcp' });

export const routesRef = (name: string) => ({ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name });
export const settingRef = (name: string) => ({
  apiGroup: 'policy.openservicemesh.io/v1alpha1',
  kind: 'UpstreamTrafficSetting',
  name,
});

export function routeGroup(name: string, matches: HTTPMatch[], namespace = 'curl'): HTTPRouteGroup {
  return {
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name, namespace },
    spec: { matches },
  };
}

export function meshConfig(
  traffic: NonNullable<MeshConfig['spec']>['traffic'] = {},
  enableEgressPolicy = true,
): MeshConfig {
  return {
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    metadata: { name: 'osm-mesh-config', namespace: 'osm-system' },
    spec: {
      featureFlags: { enableEgressPolicy },
      traffic: { enableEgress: false, enablePermissiveTrafficPolicyMode: false, ...traffic },
    },
  };
}

export function namespaceObject(name: string, mesh: string | null = 'osm'): Namespace {
  const labels: Record<string, string> = mesh === null ? {} : { 'openservicemesh.io/monitored-by': mesh };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** MeshConfig and namespace of the usual client, as the recorded worlds have them. */
export const MESH: readonly Resource[] = [meshConfig(), namespaceObject('curl')];

const hosts = recordedHosts();
/** The names of the recordings; nothing else resolves. */
const resolveRecorded = (name: string) => {
  const address = hosts.get(name);
  return address === undefined ? ('not-found' as const) : [address];
};

/** The plan for one request of `curl/curl`, names resolving as in the recordings. */
export function plan(objects: readonly Resource[], command: string, options: AllowOptions = {}): Plan {
  return planAllow(objects, CURL, parseTarget(command), { resolve: resolveRecorded, ...options });
}

/** What a plan changes, in short: `e1 +hosts[1] b.com`, `new Egress x {…spec}`. */
export function changesIn(made: Plan): string[] {
  if (made.result !== 'change') return [`${made.result}${'reason' in made ? ` ${made.reason.code}` : ''}`];
  return textsOf(made.changes);
}

function textsOf(changes: readonly ObjectChange[]): string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'create')
      return [`new ${change.after.kind} ${change.after.metadata.name} ${compact(specOf(change.after))}`];
    const { name } = change.before.metadata;
    return change.edits.map((edit) => {
      const path = edit.path.slice(1).join('.');
      if (edit.op === 'insert') return `${name} +${path} ${edit.values.map(compact).join(' ')}`;
      return edit.op === 'set' ? `${name} ${path} = ${compact(edit.value)}` : `${name} -${path}`;
    });
  });
}

function specOf(object: Resource): unknown {
  const entries = Object.entries((object as Egress).spec);
  return Object.fromEntries(entries.filter(([field]) => field !== 'sources'));
}

function compact(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '');
}

/** How a request of `curl/curl` fares, for tests of single steps. */
export function situation(
  objects: readonly Resource[],
  command: string,
  options: SimulationOptions = { resolve: resolveRecorded },
): Situation {
  const wish = { source: CURL, target: parseTarget(command), simulation: options };
  return situationOf(Draft.of(createWorld(objects)), wish);
}

/** Drafts in short: why, what is taken away, what stands in for what, and the changes. */
export function told(drafts: readonly Draft[]): string[] {
  return drafts.map(({ steps, takenAway, detour, changes }) => {
    const cost = `${takenAway > 0 ? ` -${takenAway}` : ''}${detour ? ` (${detour})` : ''}`;
    return `${steps.join(', ')}${cost}: ${textsOf(changes).join('; ')}`;
  });
}

export function changePlan(made: Plan): ChangePlan {
  if (made.result !== 'change') throw new Error(`${made.result}: ${JSON.stringify(made)}`);
  return made;
}

export const notesIn = (made: Plan): string[] => ('notes' in made ? made.notes.map(({ code }) => code) : []);
