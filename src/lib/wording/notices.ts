import { findingsOfNotice, type NoticeFinding } from '../analysis/lint/notices.js';
import type { FindingBy } from '../analysis/lint/rule.js';
import type { egressPolicyOff } from '../analysis/lint/rules/egress-policy-off.js';
import type { namespaceUnmonitored } from '../analysis/lint/rules/namespace-unmonitored.js';
import type { upstreamTrafficSettingMissing } from '../analysis/lint/rules/upstream-traffic-setting-missing.js';
import type { WideFinding } from '../analysis/lint/wider.js';
import type { Locate } from '../resources/types.js';
import type { Bystander } from '../simulator/bystanders.js';
import type { Notice } from '../simulator/control-plane/notices.js';
import type { World } from '../simulator/world.js';
import { placeText, portText } from './policy.js';

/** As much of a finding as its sentence needs. */
export type Told<F> = F extends unknown
  ? Pick<F, keyof F & ('rule' | 'data' | 'policy' | 'at' | 'port' | 'sources')>
  : never;

/** What makes the control plane skip a policy, or a part of it. */
type SkippedFinding =
  | NoticeFinding
  | FindingBy<typeof egressPolicyOff | typeof namespaceUnmonitored | typeof upstreamTrafficSettingMissing>
  | WideFinding;

/** What the control plane skips or does in silence, in one clause, as `findingText` has it. */
export function skippedText(finding: Told<SkippedFinding>): string {
  const { policy, at, port: index } = finding;
  const port = index === null ? undefined : policy?.spec.ports[index];
  const named = port ? portText(port) : '';
  const { namespace = 'default' } = policy?.metadata ?? {};
  const step = at[0]?.path[2];
  const reference = typeof step === 'number' ? (policy?.spec.matches?.[step]?.name ?? '') : '';
  switch (finding.rule) {
    case 'egress-policy-off':
      return 'egress policies are switched off in the MeshConfig';
    case 'namespace-unmonitored':
      return `namespace ${namespace} is not in the mesh, and its policies are skipped`;
    case 'upstream-traffic-setting-missing':
      return `namespace ${namespace} has no UpstreamTrafficSetting ${reference}, and so the policy is dropped`;
    case 'protocol-not-lower-case':
      return `the protocol of ${named} opens nothing unless it is in lower case`;
    case 'protocol-unknown':
      return `the protocol of ${named} is not known: it opens nothing`;
    case 'source-listed-twice':
      return 'a source is there twice, and so the policy applies to it twice';
    case 'route-group-missing':
      return `namespace ${namespace} has no HTTPRouteGroup ${reference}, which contributes no route${elsewhereText(finding.data.elsewhere)}`;
    case 'host-without-routes':
      return 'a host has no route: every request to it gets 404';
    case 'cidr-skipped':
      return 'a range does not parse and is skipped';
    case 'cidr-fails-open':
      return `no range parses, and so ${named || 'the policy'} is open to every address`;
    case 'https-without-hosts':
      return `${named} ${finding.at[0]?.path[1] === 'hosts' ? 'with an empty host' : 'without hosts'} takes any server name${finding.data.open ? ', at every address' : ''}`;
    case 'hosts-on-tcp':
      return `its hosts have no effect on port ${port?.number}: raw TCP carries no name${finding.data.open ? ', and so it is open to every address; restrict it with ipAddresses' : ''}`;
  }
}

/** Something that the control plane does in silence with a policy, in one clause. */
export function noticeText(notice: Notice, world: World): string {
  return findingsOfNotice(notice, world).map(skippedText).join('; ');
}

/** A policy that opens more than it says: `Egress shop/db (e.yaml:3): no range parses, and so 443/https is open to every address`. */
export function wideText(finding: WideFinding, locate: Locate): string {
  const [at = { object: finding.policy!, path: [] }] = finding.at;
  return `${placeText(at, locate)}: ${skippedText(finding)}`;
}

function elsewhereText(namespaces: readonly string[]): string {
  const [only] = namespaces;
  if (only === undefined) return '';
  return namespaces.length === 1
    ? ` (the one of namespace ${only} does not count)`
    : ` (those of namespaces ${namespaces.join(', ')} do not count)`;
}

/**
 * Why a policy that names what a request wants does not apply to it.
 * @param subject how to call the policy: `Egress curl/httpbin`
 */
export function bystanderText({ policy, reason, at }: Bystander, subject: string): string {
  const { sources, ports } = policy.spec;
  const index = at.path[1] === 'ports' ? at.path[2] : undefined;
  const told = { policy, at: [at], port: typeof index === 'number' ? index : null, data: {}, sources: [] };
  switch (reason) {
    case 'other-source':
      return `${subject} is for ${sources.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')}`;
    case 'other-port':
      return `${subject} opens ${ports.map(portText).join(', ')} only`;
    case 'policy-namespace-unmonitored':
      return `${subject}: ${skippedText({ ...told, rule: 'namespace-unmonitored' })}`;
    default:
      return `${subject}: ${skippedText({ ...told, rule: reason })}`;
  }
}
