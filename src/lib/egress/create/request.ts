import { UsageError } from '../../errors.js';
import type { Egress, TypedLocalReference } from '../../resources/types.js';
import { parseHost } from './hosts.js';
import { parsePort } from './ports.js';
import { parseRange } from './ranges.js';
import { checkNamespaceName, checkObjectName, splitItems } from '../../wording/create.js';
import { quoted } from '../../text/shorten.js';

/** What a person says about a policy, as on the command line. */
export interface PolicyAnswers {
  readonly name?: string | undefined;
  /** `[namespace/]serviceaccount` */
  readonly from?: readonly string[] | undefined;
  readonly host?: readonly string[] | undefined;
  /** `number/protocol` */
  readonly port?: readonly string[] | undefined;
  readonly 'ip-range'?: readonly string[] | undefined;
  /** Names of HTTPRouteGroups. */
  readonly route?: readonly string[] | undefined;
  readonly 'upstream-traffic-setting'?: string | undefined;
}

/** Answers that a policy cannot do without. */
export type RequiredAnswer = 'NAME' | '--from' | '--port' | '--host';

/** What is missing, in the order in which it is asked for. An http port without hosts allows nothing (egress semantics §3.3). */
export function missingAnswers({ name, from, host, port }: PolicyAnswers): RequiredAnswer[] {
  const missing: RequiredAnswer[] = [];
  if (name === undefined) missing.push('NAME');
  if (!from?.length) missing.push('--from');
  if (!port?.length) missing.push('--port');
  if (!host?.length && port?.some((one) => /\/http(?:$|,)/.test(one))) missing.push('--host');
  return missing;
}

/** @throws UsageError unless it is `[namespace/]serviceaccount` */
export function parseFrom(written: string, defaultNamespace: string): { namespace: string; name: string } {
  const [, home, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(written) ?? [];
  if (account !== undefined && home !== undefined) {
    throw new UsageError(
      `--from ${quoted(written)} is a user name of the API server`,
      `write --from ${home}/${account}`,
    );
  }
  const parts = written.split('/');
  if (parts.length > 2 || parts.includes('')) {
    throw new UsageError(
      `--from ${quoted(written)} is not [namespace/]serviceaccount`,
      'write for example --from curl/curl',
    );
  }
  const [namespace, name] = parts.length === 1 ? [defaultNamespace, parts[0]!] : [parts[0]!, parts[1]!];
  return { namespace: checkNamespaceName(namespace, '--from'), name: checkObjectName(name, '--from') };
}

/**
 * Builds the policy. Items that are given twice count once.
 * @param namespace of the policy, and of sources that name none
 * @throws UsageError for everything that the API server, the webhook or the control plane would refuse or misunderstand
 */
export function buildPolicy(answers: PolicyAnswers, namespace: string): Egress {
  const missing = missingAnswers(answers);
  if (missing.length > 0) throw missingError(missing);
  const name = checkObjectName(answers.name!, 'NAME');
  checkNamespaceName(namespace, '--namespace');
  const sources = distinct(
    splitItems(answers.from ?? [], '--from').map((written) => {
      const source = parseFrom(written, namespace);
      return { kind: 'ServiceAccount', name: source.name, namespace: source.namespace };
    }),
  );
  const hosts = [...new Set(splitItems(answers.host ?? [], '--host').map(parseHost))];
  const ports = distinct(splitItems(answers.port ?? [], '--port').map(parsePort));
  const ipAddresses = [...new Set(splitItems(answers['ip-range'] ?? [], '--ip-range').map(parseRange))];
  const matches = referencesOf(answers);
  const wildcard = hosts.find((host) => host.startsWith('*'));
  const http = ports.find(({ protocol }) => protocol === 'http');
  if (wildcard !== undefined && http) {
    throw new UsageError(
      `--host ${quoted(wildcard)} does not work with --port ${http.number}/http: Envoy cannot look a wildcard up, and answers 503`,
      'name each host for http, and put the wildcard into a policy of its own for https',
    );
  }
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace },
    spec: {
      sources,
      ...(hosts.length > 0 && { hosts }),
      ports,
      ...(ipAddresses.length > 0 && { ipAddresses }),
      ...(matches.length > 0 && { matches }),
    },
  };
}

export function missingError(missing: readonly RequiredAnswer[]): UsageError {
  const verb = missing.length > 1 ? 'are' : 'is';
  return new UsageError(
    `${missing.join(', ')} ${verb} missing, and there is no terminal to ask on`,
    'for example: osm-ts egress create httpbin --from curl/curl --host httpbin.org --port 80/http',
  );
}

function referencesOf(answers: PolicyAnswers): TypedLocalReference[] {
  const groups = new Set(splitItems(answers.route ?? [], '--route').map((name) => checkObjectName(name, '--route')));
  const references = [...groups].map((name) => ({
    apiGroup: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    name,
  }));
  const setting = answers['upstream-traffic-setting'];
  if (setting === undefined) return references;
  const name = checkObjectName(setting, '--upstream-traffic-setting');
  return [...references, { apiGroup: 'policy.openservicemesh.io/v1alpha1', kind: 'UpstreamTrafficSetting', name }];
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
