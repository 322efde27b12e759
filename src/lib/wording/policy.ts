import type { Effect, Refusal } from '../analysis/inspect/compare.js';
import type { Reason } from '../analysis/inspect/report.js';
import type { Egress, EgressPort, FieldRef, TypedLocalReference, Locate } from '../resources/types.js';
import { formatCurl } from '../simulator/request/index.js';
import type { Verdict } from '../simulator/verdict.js';
import type { Source } from '../simulator/world.js';
import {
  clusterRefusalText,
  conditionText,
  destinationText,
  listenerRefusalText,
  objectName,
  outcomeText,
  routeRefusalText,
} from './verdict.js';
import { pathText } from '../text/field-path.js';

/** Sentences about policies. They begin in lower case and have no full stop, so that they can be joined. */

/** `curl/curl` */
export function sourceText({ namespace, serviceAccount }: Source): string {
  return `${namespace}/${serviceAccount}`;
}

/** `80/http` */
export function portText({ number, protocol }: EgressPort): string {
  return `${number}/${protocol}`;
}

/** `HTTPRouteGroup/get-only` */
export function referenceText({ kind, name }: TypedLocalReference): string {
  return `${kind}/${name}`;
}

/** `Egress curl/httpbin spec.ports[0] (e.yaml:9)` */
export function placeText(ref: FieldRef, locate: Locate): string {
  const location = locate(ref.object, ref.path);
  const field = ref.path.length > 0 ? ` ${pathText(ref.path)}` : '';
  return `${objectName(ref)}${field}${location ? ` (${location.file}:${location.line})` : ''}`;
}

/** Why a policy, or one of its ports, does not do what it says, in one clause. */
export function reasonText(reason: Reason, policy: Egress): string {
  const port = reason.port === null ? undefined : policy.spec.ports[reason.port];
  const named = port ? portText(port) : '';
  const { namespace = 'default' } = policy.metadata;
  switch (reason.code) {
    case 'egress-policy-off':
      return 'egress policies are switched off in the MeshConfig';
    case 'namespace-unmonitored':
      return `namespace ${namespace} is not in the mesh, and its policies are skipped`;
    case 'upstream-traffic-setting-missing':
      return `namespace ${namespace} has no UpstreamTrafficSetting ${referred(reason, policy)}, and so the policy is dropped`;
    case 'no-sources':
      return 'it names no source';
    case 'no-ports':
      return 'it names no port';
    case 'source-without-sidecar':
      return `${reason.sources.length > 0 ? reason.sources.map(sourceText).join(', ') : 'its source'} has no sidecar, and no policy applies to it`;
    case 'protocol-not-lower-case':
      return `the protocol of ${named} is known in lower case only`;
    case 'protocol-unknown':
      return `the protocol of ${named} is not known: it opens nothing`;
    case 'listener-refused':
      return reason.refusal ? refusalClause(reason.refusal) : 'Envoy refuses the listener';
    case 'listener-by-chance':
      return reason.at[0]?.object.kind === 'TrafficSplit'
        ? 'Envoy may refuse the listener, by chance: one of several TrafficSplits of a root has a backend without weight'
        : 'Envoy may refuse the listener, by chance: two policies have equal lists, and one of them repeats an entry';
    case 'routes-refused':
      return `${reason.refusal ? refusalClause(reason.refusal) : 'Envoy refuses the routes'} (port ${port?.number})`;
    case 'routes-by-chance':
      return `the routes of ${named} may not take effect, by chance, because others that arrive with them are refused`;
    case 'clusters-refused':
      return reason.refusal ? refusalClause(reason.refusal) : 'Envoy refuses every cluster';
    case 'clusters-by-chance':
      return `${reason.refusal ? refusalClause(reason.refusal) : 'Envoy refuses every cluster'}, or not, by chance`;
    case 'setting-lets-nothing-through':
      return `a limit of 0 in its UpstreamTrafficSetting lets nothing through${named && ` on ${named}`}`;
    case 'setting-by-chance':
      return `a limit of 0 in an UpstreamTrafficSetting of the same cluster may let nothing through${named && ` on ${named}`}, by chance`;
    case 'source-listed-twice':
      return 'a source is there twice, and so the policy applies to it twice';
    case 'http-without-hosts':
      return `${named} allows nothing without hosts, and answers 404 to plain HTTP on port ${port?.number}`;
    case 'host-without-routes':
      return 'a host has no route: every request to it gets 404';
    case 'route-group-missing':
      return `namespace ${namespace} has no HTTPRouteGroup ${referred(reason, policy)}, which contributes no route`;
    case 'cidr-skipped':
      return 'a range does not parse and is skipped';
    case 'cidr-fails-open':
      return `no range parses, and so ${named || 'the policy'} is open to every address`;
    case 'range-by-chance':
      return `${named} meets filter chains for 0.0.0.0/0 and without ranges: a proxy uses one sort, by chance`;
    case 'unread':
      return `whether it takes effect depends on what may not be read: ${(reason.unread ?? []).join(', ')}`;
  }
}

/** The same, with the sources that are concerned where that is not all. */
export function concernedText(reason: Reason, policy: Egress): string {
  const text = reasonText(reason, policy);
  if (reason.sources.length === 0 || reason.code === 'source-without-sidecar') return text;
  return `${text} (for ${reason.sources.map(sourceText).join(', ')})`;
}

function referred({ at }: Reason, policy: Egress): string {
  const index = at[0]?.path[2];
  return typeof index === 'number' ? (policy.spec.matches?.[index]?.name ?? '') : '';
}

function refusalClause(refusal: Refusal['refusal']): string {
  switch (refusal.code) {
    case 'duplicate-match':
    case 'server-name-wildcard':
    case 'zero-weight':
      return listenerRefusalText(refusal);
    case 'connect-timeout':
      return clusterRefusalText(refusal);
    default:
      return routeRefusalText(refusal);
  }
}

/** What Envoy refuses, with the objects at fault, a line each. */
export function refusalLines({ source, port, refusal, at }: Refusal, locate: Locate): string[] {
  const where = port === null || refusal.code === 'undecodable' ? '' : ` of port ${port}`;
  const text = refusalClause(refusal).replace(
    /^Envoy refuses (the listener|the routes|every cluster)/,
    `Envoy refuses $1${where} for ${sourceText(source)}`,
  );
  return [text, ...distinct(at.map((ref) => placeText(ref, locate))).map((place) => `  ${place}`)];
}

/** A request that changes its verdict: the command line, what allows it, what comes of it. */
export function effectLines(effect: Effect, locate: Locate): string[] {
  const { source, target, allowedBy } = effect;
  const by = distinct(allowedBy.map((ref) => placeText({ object: ref.object, path: [] }, locate)));
  return [
    `from ${sourceText(source)}: ${formatCurl(target)}`,
    ...(by.length > 0 ? [`  allowed by ${by.join(' and ')}`] : []),
    `  ${changeText(effect)}`,
  ];
}

function changeText(effect: Effect): string {
  const { before, after } = effect;
  if (before.verdict !== 'allowed') return `so far: ${verdictText(effect, before)}`;
  const [from, to] = [before.ending?.destination, after.ending?.destination];
  if (after.verdict !== 'allowed' || !from || !to) return `then: ${verdictText(effect, after)}`;
  return `goes to ${destinationText(to)}; so far to ${destinationText(from)}`;
}

/** What the client sees, with the alternatives of an uncertain verdict. */
function verdictText({ target }: Pick<Effect, 'target'>, { verdict, ending, alternatives }: Verdict): string {
  if (ending) return outcomeText(target, ending.outcome);
  const ways = alternatives.map(
    ({ outcome, when }) => `${outcomeText(target, outcome)} ${when.map(conditionText).join(', ')}`,
  );
  return `${verdict}${ways.length > 0 ? ` (${distinct(ways).join('; ')})` : ''}`;
}

export function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
