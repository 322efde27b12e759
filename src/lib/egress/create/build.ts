import { UsageError } from '../../errors.js';
import type { GivenName } from '../../input/client.js';
import type { EgressProtocol } from '../../resources/protocols.js';
import type { Egress, EgressPort, TypedLocalReference } from '../../resources/types.js';

/** What a policy is to say, as far as it is known. */
export interface PolicyAnswers {
  readonly name?: string | undefined;
  /** ServiceAccounts; without namespace they are in the policy's. */
  readonly sources?: readonly GivenName[] | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly ports?: readonly (EgressPort & { readonly protocol: EgressProtocol })[] | undefined;
  /** IPv4 ranges: `192.0.2.0/24` */
  readonly ranges?: readonly string[] | undefined;
  /** Names of HTTPRouteGroups. */
  readonly routes?: readonly string[] | undefined;
  /** Name of an UpstreamTrafficSetting. */
  readonly upstreamTrafficSetting?: string | undefined;
}

/** An answer that a policy cannot do without. */
export type RequiredAnswer = 'name' | 'sources' | 'ports' | 'hosts';

/** What is missing, in the order in which it is asked for. An http port without hosts allows nothing (egress semantics §3.3). */
export function missingAnswers({ name, sources, hosts, ports }: PolicyAnswers): RequiredAnswer[] {
  const missing: RequiredAnswer[] = [];
  if (name === undefined) missing.push('name');
  if (!sources?.length) missing.push('sources');
  if (!ports?.length) missing.push('ports');
  if (!hosts?.length && ports?.some(({ protocol }) => protocol === 'http')) missing.push('hosts');
  return missing;
}

/**
 * Builds the policy. Items that are given twice count once.
 * @param namespace of the policy, and of sources that name none
 * @throws UsageError for a wildcard host of an http port, which Envoy cannot look up
 */
export function buildPolicy(answers: PolicyAnswers, namespace: string): Egress {
  const sources = distinct(
    (answers.sources ?? []).map((source) => ({
      kind: 'ServiceAccount',
      name: source.name,
      namespace: source.namespace ?? namespace,
    })),
  );
  const hosts = [...new Set(answers.hosts)];
  const ports = distinct(answers.ports ?? []);
  const ipAddresses = [...new Set(answers.ranges)];
  const matches = referencesOf(answers);
  const wildcard = hosts.find((host) => host.startsWith('*'));
  const http = ports.find(({ protocol }) => protocol === 'http');
  if (wildcard !== undefined && http) {
    throw new UsageError(
      `the host ${JSON.stringify(wildcard)} does not work with the port ${http.number}/http: Envoy cannot look a wildcard up, and answers 503`,
      'name each host for http, and put the wildcard into a policy of its own for https',
    );
  }
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name: answers.name!, namespace },
    spec: {
      sources,
      ...(hosts.length > 0 && { hosts }),
      ports,
      ...(ipAddresses.length > 0 && { ipAddresses }),
      ...(matches.length > 0 && { matches }),
    },
  };
}

function referencesOf({ routes, upstreamTrafficSetting }: PolicyAnswers): TypedLocalReference[] {
  const references = [...new Set(routes)].map((name) => ({
    apiGroup: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    name,
  }));
  if (upstreamTrafficSetting === undefined) return references;
  const apiGroup = 'policy.openservicemesh.io/v1alpha1';
  return [...references, { apiGroup, kind: 'UpstreamTrafficSetting', name: upstreamTrafficSetting }];
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
