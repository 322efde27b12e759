import type { FieldRef, KubernetesObject } from '../resources/types.js';
import type { NotUnderstood } from './envoy/types.js';
import type { BrokenPod } from './interception.js';
import { isAllowed, type Outcome } from './outcome.js';

/** Where a request really ends up. */
export interface Destination {
  /** null when the verdict does not depend on it and nobody told. */
  readonly address: string | null;
  readonly host: string;
  readonly port: number;
  /** Envoy's cluster; null when Envoy is not on the way. */
  readonly cluster: string | null;
}

export interface Ending {
  readonly outcome: Outcome;
  /** null when the request reaches nothing. */
  readonly destination: Destination | null;
  /** The fields that decided. */
  readonly decidedBy: readonly FieldRef[];
}

/** What decides where the input leaves it open: an order inside the control plane or Envoy, or a draw by weight. */
export type Chance =
  | 'routes-refused-elsewhere'
  | 'zero-range-beside-no-range'
  | 'repeating-twin'
  | 'weighted-clusters'
  | 'several-splits'
  | 'servers-differ'
  | 'upstream-settings-differ';

/** The circumstance under which an alternative holds. */
export type Condition =
  /** In one of the networks (`address-elsewhere`: or in no network at all), but not in one of those of `except`. */
  | {
      readonly kind: 'address-in' | 'address-elsewhere';
      readonly host: string;
      readonly networks: readonly string[];
      readonly except: readonly string[];
    }
  | { readonly kind: 'address-is'; readonly host: string; readonly address: string }
  /** Any of these; the first stands for them. */
  | { readonly kind: 'pod-is'; readonly pods: readonly [string, ...string[]] }
  | { readonly kind: 'container-is'; readonly container: string }
  /** Whether something in the client's own pod listens. */
  | { readonly kind: 'pod-listens'; readonly port: number; readonly listens: boolean }
  | {
      readonly kind: 'by-chance';
      readonly cause: Chance;
    };

/** Circumstances, and further ones within them. Of the pods that it may be, the last says everything. */
export function furtherConditions(known: readonly Condition[], further: readonly Condition[]): readonly Condition[] {
  const pods = further.find(({ kind }) => kind === 'pod-is');
  if (!pods || !known.some(({ kind }) => kind === 'pod-is')) return [...known, ...further];
  return [...known.map((one) => (one.kind === 'pod-is' ? pods : one)), ...further.filter((one) => one !== pods)];
}

export interface Alternative extends Ending {
  readonly when: readonly Condition[];
}

/** A thing that the input does not tell and that was taken for granted. */
export type Assumption =
  | { readonly code: 'no-mesh-config' }
  /** Of Istio. */
  | { readonly code: 'no-istio-mesh-config' }
  /** The lists of a MeshConfig that is not given, where the rest of it does not matter. */
  | { readonly code: 'no-exclusion-lists' }
  /** A filter of the proxy that only looks like one that OSM adds, because its code is not read. */
  | { readonly code: 'filter-is-osms'; readonly filter: string; readonly at: FieldRef }
  | { readonly code: 'mesh-config-elsewhere'; readonly at: FieldRef }
  | { readonly code: 'no-namespace'; readonly namespace: string }
  /** Nothing in the input shows that there is such a client. */
  | { readonly code: 'no-account'; readonly namespace: string; readonly serviceAccount: string }
  | { readonly code: 'no-pod' }
  | { readonly code: 'injection-not-stated' }
  /** `outside`: ranges that could make a difference, in which the address is assumed not to be. */
  | { readonly code: 'address-unknown'; readonly host: string; readonly outside: readonly string[] }
  | { readonly code: 'settings-unreadable'; readonly kind: KubernetesObject['kind'] }
  | { readonly code: 'resolves-for-envoy'; readonly host: string }
  | { readonly code: 'nothing-listens-on-loopback'; readonly port: number }
  /** The pod has a probe of the sort that the sidecar answers there. */
  | { readonly code: 'probe-port'; readonly port: number }
  | { readonly code: 'inbound-listener'; readonly port: number }
  /** A service whose ClusterIP is not given; it is assumed to be in no excluded range. */
  | { readonly code: 'cluster-ip-unknown'; readonly host: string }
  /** What lets a connection in at a service of the mesh; `looked`: its pods are given, and have a sidecar. */
  | { readonly code: 'far-side'; readonly service: FieldRef; readonly looked: boolean }
  /** A service of the mesh without an Endpoints object in the input. */
  | { readonly code: 'no-endpoints'; readonly service: FieldRef };

/** A reason for which there is no verdict. */
export type Obstacle =
  | { readonly code: 'request-not-modelled'; readonly details: readonly string[] }
  | ({ readonly code: 'pod-refused' } & BrokenPod)
  /** The request gets to a proxy; `instead`: an HTTP chain leads it elsewhere before that, to a cluster. */
  | { readonly code: 'beyond-proxy'; readonly proxy: string; readonly instead: string | undefined }
  /** A route wants something of a header whose value the command line does not tell. */
  | { readonly code: 'header-unknown'; readonly header: string; readonly at: FieldRef }
  /** The sidecar would lead the connection to its own listener, and so on without end. */
  | { readonly code: 'connects-to-itself'; readonly port: number }
  /** The control plane of another mesh decides for the source. */
  | { readonly code: 'other-mesh'; readonly mesh: string; readonly at: FieldRef }
  /** A part of the configuration that the proxy holds. */
  | ({ readonly code: 'not-understood' } & NotUnderstood)
  /** Objects of the kind may exist that would decide, and could not be read. */
  | { readonly code: 'not-readable'; readonly kind: KubernetesObject['kind'] };

export type VerdictWord = 'allowed' | 'denied' | 'unpredictable' | 'unknown';

export interface Verdict {
  readonly verdict: VerdictWord;
  /** null when endings of several sorts are possible, or none can be told. */
  readonly ending: Ending | null;
  /** The possible endings when there are several; with a certain verdict, when they differ in where the request ends up. */
  readonly alternatives: readonly Alternative[];
  readonly assumptions: readonly Assumption[];
  readonly obstacles: readonly Obstacle[];
}

/** One verdict for circumstances that were decided each by itself. */
export function mergedVerdict(
  parts: readonly { readonly verdict: Verdict; readonly conditions: readonly Condition[] }[],
): Verdict {
  const endings = parts.flatMap(({ verdict, conditions }): Alternative[] => {
    const { ending, alternatives } = verdict;
    const own = alternatives.length > 0 ? alternatives : ending ? [{ ...ending, when: [] }] : [];
    return own.map((one) => ({ ...one, when: furtherConditions(conditions, one.when) }));
  });
  const assumptions = new Map(
    parts.flatMap(({ verdict }) => verdict.assumptions.map((one) => [JSON.stringify(one), one] as const)),
  );
  return verdictOf(
    endings,
    parts.flatMap(({ verdict }) => verdict.obstacles),
    [...assumptions.values()],
  );
}

/** One verdict for all the endings that were found possible. */
export function verdictOf(
  endings: readonly Alternative[],
  obstacles: readonly Obstacle[],
  assumptions: readonly Assumption[],
): Verdict {
  const [first] = endings;
  if (obstacles.length > 0 || !first) {
    return { verdict: 'unknown', ending: null, alternatives: endings, assumptions, obstacles };
  }
  if (endings.every((ending) => sameEnding(ending, first))) {
    const verdict = isAllowed(first.outcome) ? 'allowed' : 'denied';
    return { verdict, ending: first, alternatives: [], assumptions, obstacles };
  }
  const one = oneOf(endings);
  if (one) return { ...one, alternatives: endings, assumptions, obstacles };
  const byChance = endings.every(({ when }) => when.every(({ kind }) => kind === 'by-chance'));
  const verdict = byChance ? 'unpredictable' : 'unknown';
  return { verdict, ending: null, alternatives: endings, assumptions, obstacles };
}

/**
 * Circumstances that change nothing that the client sees leave the verdict certain; so do all those under which the request is
 * allowed. What is left to chance stays so, because nobody can find out more.
 */
function oneOf(
  endings: readonly Alternative[],
): { readonly verdict: VerdictWord; readonly ending: Ending } | undefined {
  const [first, ...others] = endings as [Alternative, ...Alternative[]];
  const alike = others.every(
    ({ outcome }) => outcome.class === first.outcome.class && outcome.httpStatus === first.outcome.httpStatus,
  );
  const allowed = endings.every(({ outcome }) => isAllowed(outcome));
  const hasChance = endings.some(({ when }) => when.some(({ kind }) => kind === 'by-chance'));
  if (!(alike || allowed) || hasChance) return undefined;
  const slowest = endings.reduce((one, other) => (other.outcome.delaySeconds > one.outcome.delaySeconds ? other : one));
  const destinations = new Set(endings.map(({ destination }) => JSON.stringify(destination)));
  const ending: Ending = {
    outcome: slowest.outcome,
    destination: destinations.size === 1 ? first.destination : null,
    decidedBy: [...new Set(endings.flatMap(({ decidedBy }) => decidedBy))],
  };
  return { verdict: allowed ? 'allowed' : 'denied', ending };
}

/** Every way in which the request may end. */
export function endingsOf({ ending, alternatives }: Verdict): readonly Ending[] {
  return alternatives.length > 0 ? alternatives : ending ? [ending] : [];
}

/** Endings are the same when they differ in nothing but which of the client's addresses was dialled. */
function sameEnding(one: Alternative, other: Alternative): boolean {
  return (
    one.outcome === other.outcome &&
    one.destination?.cluster === other.destination?.cluster &&
    (one.destination?.address === other.destination?.address || (reachesDialled(one) && reachesDialled(other)))
  );
}

function reachesDialled({ destination, when }: Alternative): boolean {
  return when.some((condition) => condition.kind === 'address-is' && condition.address === destination?.address);
}
