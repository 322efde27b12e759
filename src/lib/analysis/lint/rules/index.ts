import type { Egress } from '../../../resources/types.js';
import type { Finding, Rule } from '../rule.js';
import { addressAsTlsHost } from './address-as-tls-host.js';
import { cidrFailsOpen } from './cidr-fails-open.js';
import { cidrSkipped } from './cidr-skipped.js';
import { clustersByChance } from './clusters-by-chance.js';
import { clustersRefused } from './clusters-refused.js';
import { detectionOff } from './detection-off.js';
import { egressPolicyOff } from './egress-policy-off.js';
import { hostWithoutRoutes } from './host-without-routes.js';
import { hostsOnTcp } from './hosts-on-tcp.js';
import { httpWithoutHosts } from './http-without-hosts.js';
import { httpsWithoutHosts } from './https-without-hosts.js';
import { likelyServerFirst } from './likely-server-first.js';
import { listenerByChance } from './listener-by-chance.js';
import { listenerRefused } from './listener-refused.js';
import { meshWideEgress } from './mesh-wide-egress.js';
import { namespaceUnmonitored } from './namespace-unmonitored.js';
import { noPorts } from './no-ports.js';
import { noSources } from './no-sources.js';
import { portExcluded } from './port-excluded.js';
import { protocolNotLowerCase } from './protocol-not-lower-case.js';
import { protocolUnknown } from './protocol-unknown.js';
import { rangeByChance } from './range-by-chance.js';
import { rangeZero } from './range-zero.js';
import { rangesOnHttp } from './ranges-on-http.js';
import { routeGroupMissing } from './route-group-missing.js';
import { routesByChance } from './routes-by-chance.js';
import { routesRefused } from './routes-refused.js';
import { routesWithoutHttp } from './routes-without-http.js';
import { settingByChance } from './setting-by-chance.js';
import { settingLetsNothingThrough } from './setting-lets-nothing-through.js';
import { sourceListedTwice } from './source-listed-twice.js';
import { sourceWithoutSidecar } from './source-without-sidecar.js';
import { tcpToAnywhere } from './tcp-to-anywhere.js';
import { unknownSource } from './unknown-source.js';
import { unlikelyProtocol } from './unlikely-protocol.js';
import { unread } from './unread.js';
import { upstreamTrafficSettingMissing } from './upstream-traffic-setting-missing.js';

/** Why a policy does nothing for a source: the first that finds something tells. */
export const wholeRules = [
  egressPolicyOff,
  namespaceUnmonitored,
  upstreamTrafficSettingMissing,
  sourceWithoutSidecar,
] as const;

/** What becomes of a port that programs something: all up to the first that makes it useless. */
export const portRules = [
  listenerRefused,
  listenerByChance,
  clustersRefused,
  clustersByChance,
  settingLetsNothingThrough,
  settingByChance,
  routesRefused,
  routesByChance,
  httpWithoutHosts,
  rangeByChance,
] as const;

/** What the control plane does in silence. */
export const noticeRules = [
  protocolNotLowerCase,
  protocolUnknown,
  sourceListedTwice,
  routeGroupMissing,
  hostWithoutRoutes,
  cidrSkipped,
  cidrFailsOpen,
] as const;

/** What a policy lacks that it cannot do without. */
export const emptyRules = [noSources, noPorts] as const;

/** The traps that a policy's own text and the settings of its mesh show. Egress semantics §3–§5. */
export const policyRules = [
  rangesOnHttp,
  hostsOnTcp,
  httpsWithoutHosts,
  unlikelyProtocol,
  tcpToAnywhere,
  likelyServerFirst,
  rangeZero,
  addressAsTlsHost,
  routesWithoutHttp,
  detectionOff,
  meshWideEgress,
  portExcluded,
  unknownSource,
] as const;

/** All of them. */
export const rules = [...wholeRules, ...portRules, ...noticeRules, ...emptyRules, ...policyRules, unread] as const;

type FindingBy<R> = R extends Rule<infer Name, never, infer Data> ? Finding<Name, Data> : never;

/** What any rule finds; `rule` tells the data. */
export type AnyFinding = FindingBy<(typeof rules)[number]>;

/** What a rule finds. */
export function findingsOf<Subject extends { readonly policy: Egress }>(
  { name, level, makes, find }: Rule<string, Subject, unknown>,
  subject: Subject,
): AnyFinding[] {
  const findings: Finding[] = find(subject).map(({ data, at, port = null, fix }) => {
    return { rule: name, level, makes, policy: subject.policy, data, at, port, sources: [], ...(fix && { fix }) };
  });
  return findings as AnyFinding[];
}

export { unread };
