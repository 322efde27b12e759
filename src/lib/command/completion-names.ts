import { after, starting, type Candidate, type Completion } from '../cli/completion/complete.js';
import type { ValueKind } from '../cli/completion/kinds.js';
import type { Cluster } from '../cluster/types.js';
import { kinds } from '../resources/kinds.js';

/** How long a cluster may take before completion goes without its names. */
const PATIENCE_MS = 300;

/**
 * The names that may follow. Whoever presses Tab wants no messages: what goes wrong, or takes too long, yields no names.
 * @param given flags on the line that say where to look
 */
export async function completedNames(
  names: NonNullable<Completion['names']>,
  given: Completion['given'],
): Promise<Candidate[]> {
  const { kind, before, prefix } = names;
  try {
    return starting(prefix, await namesOf(kind, prefix, given)).map(after(before));
  } catch {
    return [];
  }
}

async function namesOf(kind: ValueKind, prefix: string, given: Completion['given']): Promise<Candidate[]> {
  switch (kind) {
    case 'files':
    case 'commands':
      return [];
    case 'lint-rules': {
      const { ruleTitles } = await import('../egress/lint/index.js');
      return [...ruleTitles].map(([value, description]) => ({ value, description }));
    }
    case 'error-codes': {
      const { errorCodes } = await import('../mesh/error-codes.js');
      return errorCodes.map(({ code, description }) => ({ value: code, description }));
    }
    case 'meshconfig-fields': {
      const { namedRules, specPath } = await import('../mesh/meshconfig/schema.js');
      const fields = namedRules().filter(({ rule }) => rule.type !== 'object');
      return fields.map(({ path }) => ({ value: `${specPath(path)}=` }));
    }
    case 'contexts': {
      const { contextNames } = await import('../cluster/kubeconfig/load.js');
      const { kubeconfig } = given;
      return (await contextNames({ kubeconfig, env: process.env, warn: () => undefined })).map(plain);
    }
    default:
      return fromCluster(kind, prefix, given);
  }
}

/** Kinds of Kubernetes whose names are asked for; whether another namespace may be named before the name. */
const listed = {
  'service-accounts': { resource: 'ServiceAccount', anywhere: true },
  pods: { resource: 'Pod', anywhere: true },
  'policies-of-any-namespace': { resource: 'Egress', anywhere: true },
  policies: { resource: 'Egress', anywhere: false },
  deployments: { resource: 'Deployment', anywhere: true },
  services: { resource: 'Service', anywhere: true },
  'ingress-backends': { resource: 'IngressBackend', anywhere: false },
  'route-groups': { resource: 'HTTPRouteGroup', anywhere: false },
  'traffic-settings': { resource: 'UpstreamTrafficSetting', anywhere: false },
} as const;

/** Kinds of namespaces, by what the command does with them. */
const roles = {
  namespaces: 'any',
  'namespaces-to-add': 'addable',
  'namespaces-to-remove': 'member',
  'namespaces-to-ignore': 'not-ignored',
  'namespaces-to-unignore': 'ignored',
} as const;

async function fromCluster(
  kind: 'meshes' | keyof typeof roles | keyof typeof listed,
  prefix: string,
  { kubeconfig, context, namespace }: Completion['given'],
): Promise<Candidate[]> {
  const { connect } = await import('../cluster/index.js');
  const { candidateMeshes, candidateNamespaces } = await import('../mesh/candidates.js');
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
  try {
    const cluster = await connect({ kubeconfig, context, namespace, signal: limit.signal });
    if (kind === 'meshes') return (await candidateMeshes(cluster)).map(plain);
    if (kind in roles) return (await candidateNamespaces(cluster, roles[kind as keyof typeof roles])).map(plain);
    const { resource, anywhere } = listed[kind as keyof typeof listed];
    const slash = anywhere ? prefix.indexOf('/') : -1;
    const own = prefix.slice(0, slash + 1);
    const [names, namespaces] = await Promise.all([
      namesIn(cluster, resource, slash === -1 ? cluster.defaultNamespace : prefix.slice(0, slash)),
      anywhere && slash === -1 ? candidateNamespaces(cluster) : [],
    ]);
    return [...names.map((name) => plain(own + name)), ...namespaces.map((name) => plain(`${name}/`))];
  } finally {
    clearTimeout(timer);
    // What is still under way ends with it, so that the process does.
    limit.abort();
  }
}

async function namesIn(cluster: Cluster, resource: keyof typeof kinds, namespace: string): Promise<string[]> {
  return (await cluster.list(kinds[resource], { namespace })).map(({ metadata }) => metadata.name);
}

function plain(value: string): Candidate {
  return { value };
}
