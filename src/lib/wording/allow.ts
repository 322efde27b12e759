import { valueAt } from '../text/plain-data.js';
import { OUTBOUND_RANGE_EXCLUSION } from '../resources/labels.js';
import { serverFirstPorts } from '../resources/protocols.js';
import { isWorkload, podOf } from '../resources/workloads.js';
import { isServed } from '../simulator/control-plane/mesh.js';
import type { ObjectChange, PlanNote, Reason } from '../analysis/allow/index.js';
import type { FieldEdit } from '../resources/edit/index.js';
import type { Egress, EgressPort, EgressSource, HTTPMatch, Resource, TypedLocalReference } from '../resources/types.js';
import type { Target } from '../simulator/request/index.js';
import {
  addressHint,
  clusterRefusalText,
  listenerRefusalText,
  objectName,
  obstacleText,
  routeRefusalText,
} from './verdict.js';
import { pathText } from '../text/field-path.js';

/** Sentences for what `egress allow` finds: lower case, no full stop. */

/** What a change does to an object, one clause each. */
export function changeTexts(change: ObjectChange): string[] {
  if (change.kind === 'create') return [createdText(change.after)];
  return change.edits.flatMap((edit) => editTexts(change.before, change.after, edit));
}

function createdText(object: Resource): string {
  if (object.kind === 'Egress') {
    const { sources, hosts = [], ipAddresses = [], ports } = object.spec;
    const to = [...hosts, ...ipAddresses];
    return `from ${sources.map(sourceText).join(', ')} to ${to.length > 0 ? to.join(', ') : 'any address'}, ${ports.map(portText).join(', ')}`;
  }
  if (object.kind === 'HTTPRouteGroup') return object.spec.matches.map(matchText).join('; ');
  return object.kind;
}

function editTexts(before: Resource, after: Resource, edit: FieldEdit): string[] {
  const { path } = edit;
  const [, field, index, inner] = path;
  const excluded = excludedBy(before, after);
  if (excluded !== undefined) return [excluded];
  if (
    path.join('.') === 'spec.featureFlags.enableEgressPolicy' ||
    (before.kind === 'MeshConfig' && edit.op === 'set')
  ) {
    return ['switch egress policies on'];
  }
  if (edit.op === 'insert') return edit.values.map((value) => `add ${itemText(before, path, value)}`);
  if (edit.op === 'remove') {
    if (path.length === 2) return [`leave out ${pathText(path)}`];
    return [`take out ${itemText(before, path.slice(0, -1), valueAt(before, path))}`];
  }
  if (before.kind === 'Egress' && field === 'ports' && inner === 'protocol') {
    const port = before.spec.ports[index as number]!;
    return [`write ${String(edit.value)} instead of ${JSON.stringify(port.protocol)} for port ${port.number}`];
  }
  if (
    before.kind === 'HTTPRouteGroup' &&
    field === 'matches' &&
    typeof index === 'number' &&
    after.kind === 'HTTPRouteGroup'
  ) {
    return [
      `replace the route ${before.spec.matches[index]?.name} by ${matchText(after.spec.matches[index] ?? before.spec.matches[index]!)}`,
    ];
  }
  if (Array.isArray(edit.value) && edit.value.length === 0) return [`empty ${pathText(path)}`];
  if (Array.isArray(edit.value)) return edit.value.map((value) => `add ${itemText(before, path, value)}`);
  return [`set ${pathText(path)} to ${JSON.stringify(edit.value)}`];
}

/** What is newly left out of interception. */
function excludedBy(before: Resource, after: Resource): string | undefined {
  if (before.kind === 'MeshConfig' && after.kind === 'MeshConfig') {
    const [old, now] = [before, after].map(({ spec }) => spec?.traffic?.outboundIPRangeExclusionList ?? []);
    const added = now!.filter((range) => !old!.includes(range));
    return added.length > 0 ? `add ${added.join(', ')} to spec.traffic.outboundIPRangeExclusionList` : undefined;
  }
  if (!isWorkload(before) || !isWorkload(after)) return undefined;
  const value = podOf(after)?.metadata.annotations?.[OUTBOUND_RANGE_EXCLUSION];
  return value === undefined ? undefined : `annotate its pods with ${OUTBOUND_RANGE_EXCLUSION}: ${value}`;
}

function itemText({ kind }: Resource, path: FieldEdit['path'], value: unknown): string {
  switch (path.at(-1)) {
    case 'hosts':
      return `the host ${String(value)}`;
    case 'ipAddresses':
      return `the range ${String(value)}`;
    case 'ports':
      return `port ${portText(value as EgressPort)}`;
    case 'sources':
      return `the source ${sourceText(value as EgressSource)}`;
    case 'methods':
      return `the method ${String(value)} to ${pathText(path.slice(0, -1))}`;
    case 'matches':
      return kind === 'HTTPRouteGroup'
        ? `the route ${matchText(value as HTTPMatch)}`
        : `the reference to ${referenceText(value as TypedLocalReference)}`;
    default:
      return `${JSON.stringify(value)} to ${pathText(path)}`;
  }
}

function portText({ number, protocol }: EgressPort): string {
  return `${number}/${protocol}`;
}

function sourceText({ namespace, name }: EgressSource): string {
  return `${namespace}/${name}`;
}

function referenceText({ kind, name }: TypedLocalReference): string {
  return `${kind} ${name}`;
}

function matchText({ methods = [], pathRegex, headers = [] }: HTTPMatch): string {
  const words = [methods.length > 0 ? methods.join(', ') : 'any method', pathRegex ?? 'any path'];
  return headers.length > 0 ? `${words.join(' ')} with ${headers.length} headers` : words.join(' ');
}

export interface ReasonText {
  readonly why: string;
  /** What can be done instead. */
  readonly instead: string;
}

export function reasonText(reason: Reason, target: Target): ReasonText {
  const { host } = target.dial;
  switch (reason.code) {
    case 'name-does-not-resolve':
      return {
        why: `${reason.host} does not resolve for the client, so there is no connection that a policy could allow`,
        instead: `correct the name, or ${addressHint(target)}`,
      };
    case 'loopback':
      return {
        why: `${host} is the pod itself, which is never intercepted; nothing there answers on port ${reason.port}`,
        instead: 'start a server in the pod, or dial another address',
      };
    case 'loopback-port-unknown':
      return {
        why: `${host} is the pod itself, which is never intercepted; whether something listens on port ${reason.port} there is not known`,
        instead: 'declare the port in a container of the pod (containerPort), and give its manifest',
      };
    case 'leads-out-by-chance':
      return {
        why: 'every way that the request may take is allowed; which one it takes is left to chance',
        instead: 'no change is needed for it to be allowed; osm-ts egress explain names the ways',
      };
    case 'in-mesh-service':
      return inMeshText(reason, target);
    case 'namespace-not-monitored':
      return {
        why: `policies in namespace ${reason.namespace} have no effect: it is not in the mesh`,
        instead: `put the policy elsewhere with -n NAMESPACE, or run: osm-ts namespace add ${reason.namespace}`,
      };
    case 'other-mesh':
      return {
        why: `the source is in mesh ${reason.mesh}, which was not asked about`,
        instead: `name it: --mesh-name ${reason.mesh}`,
      };
    case 'name-taken':
      return {
        why: `there is an Egress ${reason.namespace}/${reason.name} already`,
        instead: `choose another --name, or extend that one: --policy ${reason.namespace}/${reason.name}`,
      };
    case 'listener-refused':
      return {
        why: `${listenerRefusalText(reason.refusals[0]!)}, and no change was found that corrects it`,
        instead: 'correct that first; osm-ts egress explain names the policies',
      };
    case 'routes-refused':
      return {
        why: `${routeRefusalText(reason.refusals[0]!)}, and no change was found that corrects it`,
        instead: 'correct that first; osm-ts egress explain names the policies',
      };
    case 'clusters-refused':
      return {
        why: `${clusterRefusalText(reason.refusals[0]!)}, and no change of a policy corrects it`,
        instead: `correct ${objectName(reason.refusals[0]!.at)} ${pathText(reason.refusals[0]!.at.path)} first`,
      };
    case 'out-of-reach':
      return {
        why: `it takes a change of ${reason.objects.map((at) => objectName(at)).join(' and ')}, which is in the cluster and in none of the files`,
        instead: 'add its manifest with -f, or leave -f out to change the cluster',
      };
    case 'no-change-found':
      return {
        why: `none of the ${reason.tried} changes that were tried lets the request through`,
        instead: 'osm-ts egress explain --trace shows where it ends',
      };
    case 'request-not-modelled':
      return { why: obstacleText(reason), instead: 'leave that out, or describe the request in another way' };
    case 'beyond-proxy':
      return {
        why: `it is sent through the proxy ${reason.proxy}, and what that does with it is not known here`,
        instead: `open the way to the proxy: osm-ts egress allow tcp://${reason.proxy}`,
      };
    case 'pod-refused':
      return { why: obstacleText(reason), instead: 'correct the value; then ask again' };
    case 'not-understood':
      return { why: obstacleText(reason), instead: 'ask without the config dump' };
    case 'not-readable':
      return { why: obstacleText(reason), instead: 'ask for the right to read it, or give manifests with -f' };
    case 'connects-to-itself':
      return { why: obstacleText(reason), instead: 'dial another port' };
    case 'header-unknown':
      return { why: obstacleText(reason), instead: `say what it holds: -H '${reason.header}: VALUE'` };
    case 'address-unknown':
      return {
        why: `it depends on the address of ${reason.host}, which is not given`,
        instead: addressHint(target),
      };
    case 'pods-differ':
      return {
        why: `the pods of the ServiceAccount are intercepted differently: ${reason.pods.join(', ')}`,
        instead: 'name one of them with --pod',
      };
  }
}

/** Why a service of the mesh is not reached, which no Egress policy changes, and what does. */
export function inMeshText(
  { service, permissive, protocol, failing }: Extract<Reason, { code: 'in-mesh-service' }>,
  target: Target,
): ReasonText {
  const name = objectName(service);
  if (protocol !== undefined) {
    const serverFirst = target.serverFirst || serverFirstPorts.has(target.dial.port);
    const spoken = target.scheme === 'http' ? 'http' : serverFirst ? 'tcp-server-first' : 'tcp';
    if (protocol !== spoken) {
      return {
        why: `${name} declares its port as ${protocol}, ${isServed(protocol) ? 'and the request is not that' : 'which OSM does not serve'}: no Egress policy changes it`,
        instead: `set appProtocol: ${spoken} on port ${target.dial.port} of ${name} (${pathText(service.path)}), if that is what it speaks`,
      };
    }
  }
  if (failing !== undefined) {
    if (failing.why === 'other-account') {
      return {
        why: `the pods that answer for ${name} run under a ServiceAccount that no TrafficTarget opens to the source; no Egress policy changes that`,
        instead: 'write a TrafficTarget whose destination is the ServiceAccount of these pods',
      };
    }
    const past = failing.all ? ', or leave its address out of interception: --allow-exclusion' : '';
    const some = failing.all ? '' : 'some of ';
    return failing.why === 'outside'
      ? {
          why: `${some}what answers for ${name} is outside the mesh, so that mutual TLS with it fails; no Egress policy changes that`,
          instead: `take the Service out of the namespaces of the mesh${past}`,
        }
      : {
          why: `${some}the pods of ${name} have no sidecar, so that mutual TLS with them fails; no Egress policy changes that`,
          instead: `let them have one (osm-ts namespace add, and a restart)${past}`,
        };
  }
  if (permissive) {
    return {
      why: `${name} is in the mesh, where every source may reach it (permissive mode); no Egress policy changes what becomes of the request`,
      instead:
        'see what osm-ts egress explain says of its pods, endpoints and settings, and call the service by its name',
    };
  }
  return {
    why: `${name} is in the mesh: who may reach it is said by TrafficTargets, not by Egress policies`,
    instead:
      'write a TrafficTarget from this ServiceAccount to the one of the service, and call the service by its name',
  };
}

export function noteText(note: PlanNote): string {
  switch (note.code) {
    case 'delay':
      return `the answer comes after ${note.seconds} seconds of protocol detection: declare the port tcp-server-first to avoid that, where nothing else needs detection on it`;
    case 'tcp-instead':
      return `${detourText(note.why)}; the tcp policy lets any bytes to that address and port through`;
    case 'goes-elsewhere':
      return `Envoy sends the request to what it resolves the Host to (${note.reached}), not to ${note.dialled}`;
    case 'any-address':
      return `the address of ${note.host} is not given, so every address is let through on that port: give --resolve, --hosts or --dns to limit it`;
    case 'pinned-address':
      return `${note.host} is ${note.addresses.join(', ')} today; when that changes, the range must change too`;
    case 'path-prefix':
      return `the path is too long for one regular expression of Envoy's, so its beginning is matched: ${note.pathRegex}`;
    case 'any-method':
      return `an HTTPRouteGroup cannot name the method ${note.method}, so the route is for any method`;
    case 'was-refused':
      return `Envoy refuses the ${note.what} as ${note.what === 'listener' ? 'it is' : 'they are'}; a proxy that has been running for long may still have an earlier configuration`;
    case 'exclusion':
      return `${note.scope === 'mesh' ? 'every pod of the mesh' : 'the workload'} sends what goes to ${note.ranges.join(', ')} past Envoy: no policy applies to it, and no metrics count it; pods read the list when they start, so restart them`;
    case 'takes-away':
      return `${objectName(note.at)} ${pathText(note.at.path)} is taken away: ${takenText(note.at)}`;
    case 'route-group-shared-with-mesh':
      return `HTTPRouteGroup ${note.group} is used by TrafficTargets too: the change of its routes counts for them as well`;
  }
}

function detourText(why: Extract<PlanNote, { code: 'tcp-instead' }>['why']): string {
  switch (why) {
    case 'http-1.0':
      return 'Envoy answers HTTP/1.0 with 426, whatever the http policies say';
    case 'envoy-answers':
      return 'Envoy answers such a request by itself, whatever the http policies say';
    case 'host-cannot-resolve':
      return 'Envoy cannot resolve the Host, so no http policy can help';
    case 'nothing-else-works':
      return 'nothing narrower was found';
  }
}

function takenText({ object, path }: Extract<PlanNote, { code: 'takes-away' }>['at']): string {
  const value = valueAt(object, path);
  if (object.kind === 'HTTPRouteGroup') return 'Envoy refused it, so it never took effect';
  const field = path[1];
  if (field === 'ports') return portText(value as Egress['spec']['ports'][number]);
  if (field === 'sources') return sourceText(value as EgressSource);
  return String(value);
}
