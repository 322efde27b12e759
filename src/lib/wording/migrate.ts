/** Sentences about a migration from OSM to Istio. */
import type {
  AccountOfChanges,
  Change,
  ChangeKind,
  GatewayPlan,
  Inexpressible,
  LeftOut,
  MigrationMessage,
  Reason,
} from '../analysis/migrate/index.js';
import type { Locate } from '../resources/types.js';
import type { World } from '../simulator/world.js';
import { quoteShellWord } from '../text/shell.js';
import { toldOnce, type ToldEffect } from './effects.js';
import { noticeText } from './notices.js';
import { sourceText } from './policy.js';
import { objectName } from './verdict.js';

export interface ChangeSection {
  readonly change: ChangeKind;
  readonly title: string;
  readonly told: readonly ToldEffect<Change>[];
}

const TITLES: Readonly<Record<ChangeKind, string>> = {
  wider: 'wider: allowed by Istio, and not by OSM',
  narrower: 'narrower: allowed by OSM, and not by Istio',
  elsewhere: 'elsewhere: allowed by both, and ends up at another place',
  unmodelled: 'not modelled in one of the meshes',
  seen: 'the same, only seen differently by the client',
  'in-mesh': 'inside the mesh, which is not looked at',
};

/** What changes, the gravest first; what is inside the mesh is left out. */
export function changeSections({ changes }: AccountOfChanges, locate: Locate): ChangeSection[] {
  const kinds = Object.keys(TITLES) as ChangeKind[];
  return kinds
    .filter((kind) => kind !== 'in-mesh')
    .map((change) => ({
      change,
      title: TITLES[change],
      told: toldOnce(
        changes.filter((one) => one.change === change),
        locate,
      ),
    }))
    .filter(({ told }) => told.length > 0);
}

/** `nothing wider and nothing narrower, for any request of 2 sources` */
export function accountSummary({ changes, undecided }: AccountOfChanges, sources: number): string {
  const count = (wanted: ChangeKind) => changes.filter(({ change }) => change === wanted).length;
  const told = (['wider', 'narrower', 'elsewhere', 'unmodelled'] as const).flatMap((kind) => {
    const number = count(kind);
    return number > 0
      ? [`${number} ${number === 1 ? 'class' : 'classes'} of requests ${kind === 'unmodelled' ? 'not modelled' : kind}`]
      : [];
  });
  const some = count('wider') + count('narrower') > 0;
  const parts = [...(some ? [] : ['nothing wider and nothing narrower']), ...told];
  const where = undecided.length > 0 ? ', where that can be decided' : '';
  return `${parts.join(', ')}, for any request of ${sources} ${sources === 1 ? 'source' : 'sources'}${where}`;
}

/** Why requests fare otherwise; undefined where the verdicts say it all. */
export function reasonText(reason: Reason): string | undefined {
  return REASONS[reason]?.why;
}

/** What would avoid it; undefined where nothing has to be avoided. */
export function remedyText({ change, reason }: Pick<Change, 'change' | 'reason'>): string | undefined {
  return change === 'seen' ? undefined : REASONS[reason]?.remedy;
}

const REASONS: Readonly<Record<Reason, { readonly why: string; readonly remedy: string } | undefined>> = {
  'shared-namespace': {
    why: 'sources of the namespace may do different things under OSM, and these resources do not tell them apart',
    remedy:
      'give their pods labels that tell them apart (--identity workload), a namespace each, or an egress gateway (--identity gateway)',
  },
  'allow-any': {
    why: 'mesh-wide egress is on: what no route is for passes in Istio, also on ports that have routes',
    remedy: 'switch enableEgress off and name what may leave: only REGISTRY_ONLY closes it',
  },
  'tls-beside-tcp': {
    why: 'OSM takes TLS that offers HTTP in ALPN for HTTP, which fails; to Istio it is bytes for the tcp policy of the port',
    remedy: 'give the tcp policy ranges, or another port',
  },
  'silent-client': {
    why: 'the port has entries for HTTP or TLS, so that Istio waits for the client to begin, without end; OSM waits 15 seconds',
    remedy: 'exclude the port or range from interception for such clients, or give the server a port of its own',
  },
  'falls-back': {
    why: 'an entry for any bytes takes what the other entries of the port do not, which in OSM nothing takes',
    remedy: 'give the tcp policy ranges, or another port',
  },
  'by-chance-before': {
    why: 'under OSM it was left to chance, or to an order inside of OSM or Envoy',
    remedy: 'repair the policies first: osm-ts egress lint names them',
  },
  'other-user': {
    why: 'it went past OSM’s sidecar, and Istio’s takes it',
    remedy: 'run the container as user 1337, which is the user of Istio’s sidecar, or exclude where it connects to',
  },
  gateway: {
    why: 'the egress gateway connects to what it resolves the name to, whatever address the client dialled',
    remedy: 'let clients dial what the name resolves to',
  },
  'service-address': {
    why: 'it is dialled at an address of a service of the mesh: OSM looks at what it knows of the service, Istio at the Host alone',
    remedy: 'do not dial services under the names of other hosts',
  },
  'reads-http': {
    why: 'something on the port speaks HTTP, be it a service of the mesh, so that Istio reads it; to OSM it is bytes',
    remedy: 'name the service’s port tcp-…, or give the server a port of its own',
  },
  'no-words': {
    why: 'Istio has no words for what a policy says there; a message names it',
    remedy: 'change the policy first',
  },
  other: undefined,
};

/** What has to be known or done, in one sentence. */
export function messageText(message: MigrationMessage, world: World): string {
  switch (message.code) {
    case 'policies-off':
      return 'egress policies are switched off in OSM, so that nothing is emitted for them';
    case 'mesh-config':
      return `the account holds for a mesh configuration with outboundTrafficPolicy.mode ${message.mode} and pathNormalization.normalization NONE; with the default normalization, paths such as /x/../get match what /get does`;
    case 'namespace-label':
      return `namespace ${message.namespace} has to be labelled for Istio’s injection (istio-injection=enabled, or istio.io/rev=REVISION on Azure), and not for OSM’s any more: a pod must not have two sidecars`;
    case 'annotations':
      return annotationsText(message);
    case 'left-out':
      return leftOutText(message.leftOut, message.sources.map(sourceText));
    case 'inexpressible':
      return inexpressibleText(message.inexpressible);
    case 'identity':
      return identityText(message.identity);
    case 'notice':
      return `${objectName({ object: message.notice.policy })}: ${noticeText(message.notice, world)}: nothing is emitted for that`;
    case 'gateway':
      return gatewayText(message.gateway);
    case 'limits':
      return message.carried
        ? 'limits of an UpstreamTrafficSetting become the connectionPool of a DestinationRule, for each host and port by itself'
        : 'limits of an UpstreamTrafficSetting are not carried over: it says nothing that Istio has a word for, several policies set others for one cluster, or nothing is emitted for the policy';
  }
}

function gatewayText({ place, labels, ports, isKnown }: GatewayPlan): string {
  const pods = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const names = ports.map((port) => `${port} (tls-${port})`).join(', ');
  const service = isKnown
    ? 'its Service needs'
    : `it is not in the input: its pods need the labels ${pods.join(', ')}, its Service`;
  return `the egress gateway ${place.namespace}/${place.name} checks who asks; ${service} the ports ${names}. It is for this alone, because its AuthorizationPolicies deny everything else; a NetworkPolicy has to close the way past it to pods without a sidecar`;
}

function annotationsText({ object, source, annotations }: Extract<MigrationMessage, { code: 'annotations' }>): string {
  const list = Object.entries(annotations).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const what = `the lists of what the sidecar leaves alone become annotations: ${list.join(', ')}`;
  if (!object || object.kind === 'Pod') {
    return `${what}; put them on what makes the pods of ${sourceText(source)}`;
  }
  const { name, namespace = 'default' } = object.metadata;
  const template = { template: { metadata: { annotations } } };
  const patch = object.kind === 'CronJob' ? { jobTemplate: { spec: template } } : template;
  const words = [
    'kubectl',
    '-n',
    namespace,
    'patch',
    object.kind.toLowerCase(),
    name,
    '--type',
    'merge',
    '-p',
    JSON.stringify({ spec: patch }),
  ];
  return `${what}; ${words.map(quoteShellWord).join(' ')}`;
}

function leftOutText({ code, port, what, at }: LeftOut, sources: readonly string[]): string {
  const who = sources.join(', ');
  const policy = objectName(at);
  switch (code) {
    case 'listener-refused':
      return `${policy} never worked for ${who}: Envoy refuses the listener, so that none of its policies takes effect; nothing is emitted`;
    case 'routes-refused':
      return `${policy} never worked for ${who}: Envoy refuses the routes of port ${port}, so that ${what} gets 404; nothing is emitted`;
    case 'clusters-refused':
      return `${policy} never worked for ${who}: Envoy refuses the clusters; nothing is emitted`;
    case 'host-unresolvable':
      return `${policy}: ${JSON.stringify(what)} never worked over http for ${who}: Envoy cannot resolve it; nothing is emitted`;
    case 'host-with-dot':
      return `${policy}: Istio does not tell ${JSON.stringify(what)} from the same without a dot; nothing is emitted for ${who}, write it without`;
    case 'server-first-port':
      return `${policy}: on port ${port} another policy is tcp-server-first, so that OSM sees neither server names nor HTTP there; nothing is emitted`;
    case 'limit-lets-nothing-through':
      return `${policy}: a limit of 0 lets nothing through to ${what}; nothing is emitted`;
    case 'ipv6-only':
      return `${policy}: no IPv4 connection is in ${what}; nothing is emitted`;
  }
}

function inexpressibleText({ code, what, at }: Inexpressible): string {
  switch (code) {
    case 'route':
      return `${objectName(at)}: Istio has no words for a route with ${what}, which is left out`;
    case 'server-name':
      return `${objectName(at)}: Istio takes no server name ${JSON.stringify(what)}, which is left out`;
    case 'host':
      return `${objectName(at)}: Istio takes no host ${JSON.stringify(what)}, which is left out`;
  }
}

function identityText({
  namespace,
  identity,
  isShared,
  isPartly,
  indistinct,
}: Extract<MigrationMessage, { code: 'identity' }>['identity']): string {
  const names = indistinct.map(sourceText).join(', ');
  const unlabelled = indistinct.length > 0 ? `; no labels of known pods tell ${names} from others` : '';
  if (identity === 'gateway') {
    const rest = 'bytes without a name, wildcards and hosts that are addresses do not go through it';
    const how = isShared
      ? `; ${rest}: of these all sources may do all that any of them may${unlabelled}`
      : `; ${rest}: of these sources are told apart by labels of their pods, which are no identity`;
    return `namespace ${namespace}: sources are told apart by their certificates, at the egress gateway${isPartly ? how : ''}`;
  }
  if (identity === 'workload') {
    return `namespace ${namespace}: sources are told apart by labels of their pods, which are no identity: any pod with the labels may do the same`;
  }
  if (!isShared)
    return `namespace ${namespace}: what its sources may do, every pod of the namespace may do, whatever its ServiceAccount`;
  return `namespace ${namespace}: its sources may do different things under OSM, and here all that any of them may do${unlabelled}`;
}
