import type { Egress } from '../../../resources/types.js';
import { noticeRules } from '../notices.js';
import { findingsBy, type FindingBy, type Rule } from '../rule.js';
import { addressAsTlsHost } from './address-as-tls-host.js';
import { clustersByChance } from './clusters-by-chance.js';
import { clustersRefused } from './clusters-refused.js';
import { detectionOff } from './detection-off.js';
import { egressPolicyOff } from './egress-policy-off.js';
import { headerListedTwice } from './header-listed-twice.js';
import { hostIsThePod } from './host-is-the-pod.js';
import { hostNotAName } from './host-not-a-name.js';
import { hostWithPort } from './host-with-port.js';
import { hostWithScheme } from './host-with-scheme.js';
import { hostWithTrailingDot } from './host-with-trailing-dot.js';
import { hostsOnTcp } from './hosts-on-tcp.js';
import { httpWithoutHosts } from './http-without-hosts.js';
import { httpsWithoutHosts } from './https-without-hosts.js';
import { likelyServerFirst } from './likely-server-first.js';
import { listenerByChance } from './listener-by-chance.js';
import { listenerRefused } from './listener-refused.js';
import { manifestOddity } from './manifest-oddity.js';
import { meshWideEgress } from './mesh-wide-egress.js';
import { namespaceUnmonitored } from './namespace-unmonitored.js';
import { neverDecides } from './never-decides.js';
import { noPorts } from './no-ports.js';
import { noSources } from './no-sources.js';
import { notIntercepted } from './not-intercepted.js';
import { openToEveryone } from './open-to-everyone.js';
import { pathNeverMatches } from './path-never-matches.js';
import { podNeverStarts } from './pod-never-starts.js';
import { portExcluded } from './port-excluded.js';
import { rangeByChance } from './range-by-chance.js';
import { rangeExcluded } from './range-excluded.js';
import { rangeHostBits } from './range-host-bits.js';
import { rangeIpv6 } from './range-ipv6.js';
import { rangeZero } from './range-zero.js';
import { rangesOnHttp } from './ranges-on-http.js';
import { redundant } from './redundant.js';
import { regexRefused } from './regex-refused.js';
import { routeGroupUnused } from './route-group-unused.js';
import { routesByChance } from './routes-by-chance.js';
import { routesRefused } from './routes-refused.js';
import { routesWithoutHttp } from './routes-without-http.js';
import { settingByChance } from './setting-by-chance.js';
import { settingLetsNothingThrough } from './setting-lets-nothing-through.js';
import { shadowed } from './shadowed.js';
import { sourceWithoutSidecar } from './source-without-sidecar.js';
import { suppressionInvalid } from './suppression-invalid.js';
import { suppressionUnused } from './suppression-unused.js';
import { tcpToAnywhere } from './tcp-to-anywhere.js';
import { undecided } from './undecided.js';
import { unknownSource } from './unknown-source.js';
import { unlikelyProtocol } from './unlikely-protocol.js';
import { unread } from './unread.js';
import { upstreamTrafficSettingMissing } from './upstream-traffic-setting-missing.js';
import { widerThanWritten } from './wider-than-written.js';
import { wildcardOnHttp } from './wildcard-on-http.js';

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

/** What a policy lacks that it cannot do without. */
export const emptyRules = [noSources, noPorts] as const;

/** What a policy gets into with the pods of a source, whether it takes effect or not. Egress semantics §2, §3.1. */
export const sourceRules = [portExcluded, rangeExcluded, notIntercepted, podNeverStarts, detectionOff] as const;

/** What Envoy makes of the proxies of a source, whichever policy it has. */
export const proxyRules = [
  listenerRefused,
  listenerByChance,
  clustersRefused,
  clustersByChance,
  routesRefused,
] as const;

/** What is proven for all requests of a source. */
export const exactRules = [neverDecides, shadowed, redundant, openToEveryone, widerThanWritten, undecided] as const;

/** What objects other than policies show. */
export const worldRules = [routeGroupUnused, regexRefused, pathNeverMatches, headerListedTwice] as const;

/** What input and command line show, besides objects. */
const inputRules = [manifestOddity, suppressionInvalid, suppressionUnused] as const;

/** The traps that a policy's own text and the settings of its mesh show. Egress semantics §3–§5. */
export const policyRules = [
  hostWithScheme,
  hostWithPort,
  hostWithTrailingDot,
  wildcardOnHttp,
  hostNotAName,
  hostIsThePod,
  rangeHostBits,
  rangeIpv6,
  rangesOnHttp,
  hostsOnTcp,
  httpsWithoutHosts,
  unlikelyProtocol,
  tcpToAnywhere,
  likelyServerFirst,
  rangeZero,
  addressAsTlsHost,
  routesWithoutHttp,
  meshWideEgress,
  unknownSource,
] as const;

/** All of them. */
export const rules = [
  ...wholeRules,
  ...portRules,
  ...noticeRules,
  ...emptyRules,
  ...policyRules,
  ...sourceRules,
  ...exactRules,
  ...worldRules,
  ...inputRules,
  unread,
] as const;

export type AnyRule = (typeof rules)[number];

/** By name and by code. */
export const ruleBy: ReadonlyMap<string, AnyRule> = new Map(
  rules.flatMap((rule) => [
    [rule.name, rule],
    [rule.code, rule],
  ]),
);

/** What any rule finds; `rule` tells the data. */
export type AnyFinding = FindingBy<AnyRule>;

/** What a rule finds. */
export function findingsOf<Subject extends object>(
  rule: Rule<string, Subject, unknown>,
  subject: Subject & { readonly policy?: Egress },
): AnyFinding[] {
  return findingsBy(rule, subject) as AnyFinding[];
}

export { unread };
