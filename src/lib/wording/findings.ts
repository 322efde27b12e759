import type { Clash } from '../analysis/lint/exact.js';
import type { FindingBy } from '../analysis/lint/rule.js';
import type { AnyFinding } from '../analysis/lint/rules/index.js';
import type { notIntercepted } from '../analysis/lint/rules/not-intercepted.js';
import type { pathNeverMatches } from '../analysis/lint/rules/path-never-matches.js';
import { isWideServerName } from '../analysis/lint/hosts.js';
import type { RequestClass } from '../analysis/request-space/index.js';
import { regexHelp, type Foreign, type RegexHelp } from '../analysis/regex/help.js';
import { withSlash } from '../analysis/regex/no-path.js';
import type { RouteRefusal } from '../simulator/envoy/acceptance.js';
import { parseAddressLiteral } from '../simulator/address.js';
import { isLoopback } from '../simulator/interception.js';
import { formatIpv4 } from '../text/ip.js';
import { requestClassText } from './request-class.js';
import { skippedText, type Told } from './notices.js';
import { portText, referenceText, sourceText } from './policy.js';
import { shortened } from '../text/shorten.js';
import { brokenText, objectName, refusalText } from './verdict.js';

/** What a rule has found, in one clause: lower case, no full stop. */
export function findingText(finding: Told<AnyFinding>): string {
  const { policy, at, port: index } = finding;
  const port = index === null ? undefined : policy?.spec.ports[index];
  const named = port ? portText(port) : '';
  const step = at[0]?.path[2];
  switch (finding.rule) {
    case 'no-sources':
      return 'it names no source';
    case 'no-ports':
      return 'it names no port';
    case 'source-without-sidecar': {
      const { sources } = finding;
      return `${sources.length > 0 ? sources.map(sourceText).join(', ') : 'its source'} has no sidecar, and no policy applies to it`;
    }
    case 'listener-refused':
      return refusalText(finding.data.refusal);
    case 'listener-by-chance':
      return at[0]?.object.kind === 'TrafficSplit'
        ? 'Envoy may refuse the listener, by chance: one of several TrafficSplits of a root has a backend without weight'
        : 'Envoy may refuse the listener, by chance: two policies have equal lists, and one of them repeats an entry';
    case 'routes-refused':
      return `${refusalText(finding.data.refusal)}${port ? ` (port ${port.number})` : ''}${refusedRegexText(finding.data.refusal)}`;
    case 'routes-by-chance':
      return `the routes of ${named} may not take effect, by chance, because others that arrive with them are refused`;
    case 'clusters-refused':
      return refusalText(finding.data.refusal);
    case 'clusters-by-chance':
      return `${refusalText(finding.data.refusal)}, or not, by chance`;
    case 'setting-lets-nothing-through':
      return `a limit of 0 in its UpstreamTrafficSetting lets nothing through${named && ` on ${named}`}`;
    case 'setting-by-chance':
      return `a limit of 0 in an UpstreamTrafficSetting of the same cluster may let nothing through${named && ` on ${named}`}, by chance`;
    case 'http-without-hosts':
      return `${named} allows nothing without hosts, and answers 404 to plain HTTP on port ${port?.number}`;
    case 'range-by-chance':
      return `${named} meets filter chains for 0.0.0.0/0 and without ranges: a proxy uses one of the two, by chance`;
    case 'unread':
      return `whether it takes effect depends on what may not be read: ${finding.data.kinds.join(', ')}`;
    case 'ranges-on-http':
      return `its ranges have no effect on ${named}, which goes by the Host header alone`;
    case 'tcp-to-anywhere':
      return `port ${port?.number} is open to every address; restrict it with ipAddresses`;
    case 'range-zero':
      return 'the range 0.0.0.0/0 is every address; leave it out, because beside policies without ranges Envoy chooses by chance';
    case 'likely-server-first':
      return `port ${port?.number} is usual for ${finding.data.service}; if its server speaks first, clients wait 15 seconds for protocol detection: write ${port?.number}/tcp-server-first then`;
    case 'detection-off':
      return `server names and HTTP are not recognised on port ${port?.number}, because ${objectName({ object: finding.data.by })} calls it tcp-server-first`;
    case 'address-as-tls-host':
      return `the host ${finding.data.host} never matches https: clients send no server name for an address; ${insteadOfAddress(finding.data.host)}`;
    case 'unlikely-protocol':
      return `port ${port?.number} usually carries ${finding.data.likely}; clients that speak it are denied: write ${port?.number}/${finding.data.likely}`;
    case 'routes-without-http': {
      const route = policy?.spec.matches?.[Number(step)];
      return `${route ? referenceText(route) : 'its HTTPRouteGroup'} has no effect without an http port: other protocols have no routes`;
    }
    case 'mesh-wide-egress':
      return finding.data.httpPorts.length > 0
        ? `mesh-wide egress is on: everything else leaves anyway, while plain HTTP to other hosts on port ${finding.data.httpPorts.join(', ')} will get 404`
        : 'mesh-wide egress is on: this leaves anyway, policy or not';
    case 'port-excluded':
      return `${at[0]?.object.kind === 'Pod' ? objectName(at[0]) : 'the MeshConfig'} excludes port ${port?.number} from the mesh: no policy applies to it`;
    case 'unknown-source':
      return `there is no ServiceAccount ${finding.data.namespace}/${finding.data.name}`;
    case 'host-with-scheme':
      return `no request has the host ${finding.data.host}: write it without scheme and path, ${finding.data.meant}`;
    case 'host-with-port':
      return `the host ${finding.data.host} opens nothing: a server name has no port, and Envoy cannot resolve one with it; write ${finding.data.meant}`;
    case 'host-with-trailing-dot':
      return `the host ${finding.data.host} matches only clients that send the dot at its end, and no server name has one: write ${finding.data.meant}`;
    case 'wildcard-on-http':
      return `the host ${finding.data.host} gets 503 over http: requests go to the policy's host, and Envoy cannot resolve a wildcard; name the hosts`;
    case 'host-not-a-name':
      return hostText(finding.data.host);
    case 'host-is-the-pod':
      return `the host ${finding.data.host} leads back into the client's own pod, where Envoy runs`;
    case 'range-host-bits':
      return `the range ${finding.data.range} is all of ${finding.data.network}: bits behind the prefix length do not count; write ${finding.data.network}, or /32 for the one address`;
    case 'range-ipv6':
      return `the range ${finding.data.range} has no effect: IPv6 is not intercepted, and leaves the pod whatever policies say`;
    case 'range-excluded':
      return `connections to ${finding.data.range} pass the proxy by: ${at[1] ? objectName(at[1]) : 'a list'} keeps that range out of the mesh, so no policy applies to it`;
    case 'pod-never-starts':
      return brokenText(finding.data.broken);
    case 'not-intercepted':
      return `${bypassText(finding.data.bypass, objectName(at[0]!))}, whatever policies say`;
    case 'path-never-matches':
      return `no path of a request matches ${shortened(finding.data.pattern, 60)}: ${noPathText(finding.data)}`;
    case 'header-listed-twice':
      return `the header ${shortened(finding.data.name, 60)} is there once more in this match, and only the last value counts`;
    case 'route-group-unused':
      return `nothing refers to HTTPRouteGroup ${finding.data.group}`;
    case 'regex-refused':
      return `Envoy will refuse the regular expression ${shortened(finding.data.pattern, 60)} of whoever uses this group: ${finding.data.reason}${regexHelpText(finding.data.pattern, at[0]?.path[3] === 'pathRegex' ? 'path' : 'header')}`;
    case 'never-decides':
      return 'no request gets through by it: it does not say what was meant, or is of no use';
    case 'shadowed':
      return `it does not allow all that it says: ${byText(finding.data, 'is in its way')}, for ${requestText(finding.data.class)}`;
    case 'redundant':
      return 'without it every request would fare the same: the other policies say all that it says';
    case 'open-to-everyone':
      return `its ranges together are every address: it allows ${requestText(finding.data.class)}`;
    case 'wider-than-written':
      return `its routes restrict less than it seems: ${byText(finding.data, 'allows what they leave out')}, ${requestText(finding.data.class)}`;
    case 'undecided': {
      const [region] = finding.data.regions;
      return region
        ? `whether it is of use for all that it says cannot be decided: the ${region.dimension} of ${region.domains[0] ?? 'a host'} on port ${region.port} has more than ${region.limit} ${region.bound}; simplify its regular expressions`
        : "whether it is of use for all that it says cannot be decided: the source has too many policies that may be in each other's way";
    }
    case 'manifest-oddity':
      return finding.data.warning.message;
    case 'suppression-invalid':
      return finding.data.fault === 'no-reason'
        ? `${finding.data.suppression.written} is not ignored without a reason: write it behind the code`
        : `${JSON.stringify(shortened(finding.data.suppression.written, 60))} is no rule, so nothing is ignored: write a code such as OSM-E023, and a reason`;
    case 'suppression-unused':
      return `${finding.data.suppression.where.kind === 'flag' ? `--ignore ${finding.data.suppression.written}` : `the request to ignore ${finding.data.suppression.written}`} has nothing to ignore: take it out`;
    default:
      return skippedText(finding);
  }
}

function hostText(host: string): string {
  if (host === '') return 'an empty host lets http requests that name no host through, to every address';
  const shown = JSON.stringify(shortened(host, 60));
  return isWideServerName(host)
    ? `the host ${shown} opens nothing over http: it is a wildcard for https alone`
    : `the host ${shown} can be no name, so it opens nothing`;
}

function bypassText(bypass: FindingBy<typeof notIntercepted>['data']['bypass'], object: string): string {
  switch (bypass) {
    case 'no-sidecar':
      return `${object} has no sidecar: everything leaves it`;
    case 'proxy-user':
      return `${object} runs a container as Envoy's user, 1500: its connections pass the proxy by`;
    case 'excluded-interface':
      return `${object} excludes the interface of the pods: every connection passes the proxy by`;
    case 'excluded-range':
      return `${object} excludes every address: every connection passes the proxy by`;
    case 'not-in-included-range':
      return `${object} includes some ranges only: connections to all other addresses pass the proxy by`;
  }
}

function noPathText({ pattern, why }: FindingBy<typeof pathNeverMatches>['data']): string {
  switch (why) {
    case 'slash':
      return `a path begins with a slash; write ${withSlash(shortened(pattern, 60))}`;
    case 'query':
      return 'the path ends before the question mark, and the query is not looked at';
    case 'other':
      return 'a path begins with a slash and has no space, and what is written has to match all of it';
  }
}

function refusedRegexText(refusal: RouteRefusal): string {
  if (refusal.code !== 'regex') return '';
  return regexHelpText(refusal.pattern, refusal.at.path.at(-1) === 'pathRegex' ? 'path' : 'header');
}

/** What to write instead of a regular expression that Envoy refuses, where something is known. */
function regexHelpText(pattern: string, of: 'path' | 'header'): string {
  const text = helpText(regexHelp(pattern, of), of);
  return text === '' ? '' : `; ${text}`;
}

function helpText(help: RegexHelp | undefined, of: 'path' | 'header'): string {
  switch (help?.kind) {
    case 'equal':
      return `write ${help.pattern}, which matches the same ${of === 'path' ? 'paths, as far as they are in ASCII' : 'values'}`;
    case 'without-look-ahead':
      return `RE2 has no look-ahead: write ${help.pattern}, which matches the paths that are meant`;
    case 'wider':
      return `${help.pattern} fits, but matches more, such as ${shortened(help.also, 60)}`;
    case 'no-slash': {
      const then = helpText(help.then, of);
      return `no path matches it, because a path begins with a slash${then === '' ? '' : `; with one ${then}`}`;
    }
    case 'foreign':
      return FOREIGN[help.what];
    case undefined:
      return '';
  }
}

const FOREIGN: Readonly<Record<Foreign, string>> = {
  'look-ahead': 'RE2 has no look-ahead: list what may be there',
  'look-behind': 'RE2 has no look-behind: write what may stand before it',
  'atomic group': 'RE2 has no atomic groups, and needs none: write (?:…), and mind that it gives back what it took',
  'back-reference': 'RE2 has no back-references: list the texts that may be there twice',
  'possessive loop':
    'RE2 has no possessive loops, and needs none: leave the second + out, and mind that the loop gives back what it took',
  '\\Z': 'RE2 has no \\Z, and needs none: what is written has to match all of it anyway',
  comment: 'RE2 has no comments: leave it out',
};

function byText({ by }: Clash, does: string): string {
  return by
    ? `${objectName({ object: by })} ${does}`
    : `several policies together ${does === 'is in its way' ? 'are in its way' : 'allow what they leave out'}`;
}

/** Requests, with one of them that can be tried. */
function requestText(requests: RequestClass): string {
  return `${requestClassText(requests)}; such as ${requests.witness.command}`;
}

/** The same, with the sources that are concerned where that is not all. */
export function concernedText(finding: AnyFinding): string {
  const text = findingText(finding);
  if (finding.sources.length === 0 || finding.rule === 'source-without-sidecar') return text;
  return `${text} (for ${finding.sources.map(sourceText).join(', ')})`;
}

/** What a policy says of an address to which https is spoken. Egress semantics §2. */
function insteadOfAddress(host: string): string {
  const address = parseAddressLiteral(host);
  return address?.family === 4 && !isLoopback(address)
    ? `use the range ${formatIpv4(address.value)}/32`
    : 'connections to it pass the proxy by and need no policy';
}
