import { workloadOf } from '../../resources/workloads.js';
import type { FieldRef, Locate, Workload } from '../../resources/types.js';
import type { Asker } from '../../egress/explain.js';
import { missingRouteGroups, type Explanation } from '../../simulator/explain.js';
import type { Destination } from '../../simulator/verdict.js';
import { updatesOf, type Updates } from '../../simulator/updates.js';
import { isOutside } from './asker.js';
import { journeysOf } from './journey.js';
import { assumptionText, conditionText, obstacleText, refusalText, remarksOn } from '../../wording/verdict.js';
import { bystanderText, noticeText } from '../../wording/notices.js';
import { becauseText } from '../../wording/because.js';
import { pathText } from '../../text/field-path.js';

export interface ObjectDocument {
  kind: string;
  namespace: string | null;
  name: string;
  /** Field of the object, such as `spec.ports[0]`. */
  field: string;
  file: string | null;
  line: number | null;
}

export interface DocumentOptions {
  readonly locate: Locate;
  readonly asker: Asker;
  /** What the proxies were started with; undefined: they are freshly started. */
  readonly since: readonly string[] | undefined;
  /** The config dump that the answer comes from. */
  readonly configDump?: string | undefined;
  /** Adds the levels of the sieve to the trace. */
  readonly sieve: boolean;
  /** Command line that would allow a denied request. */
  readonly fix?: string | undefined;
}

/** `kind: EgressExplanation`, described by schemas/egress-explanation.json. */
export function explanationDocument(
  explanation: Explanation,
  { locate, asker, since, configDump, sieve, fix }: DocumentOptions,
) {
  const { simulation, target, verdict, bystanders } = explanation;
  const { source, pod } = simulation;
  const refer = (ref: FieldRef): ObjectDocument => objectDocument(ref, locate);
  const { ending } = verdict;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressExplanation',
    source: {
      namespace: source.namespace,
      serviceAccount: source.serviceAccount,
      workload: workloadDocument(asker.workload ?? workloadOf(pod)),
      pod: pod && !workloadOf(pod) ? pod.metadata.name : null,
      mesh: asker.mesh,
      known: asker.known,
    },
    target: {
      command: target.command,
      scheme: target.scheme,
      host: target.host,
      port: target.port,
      address: dialledAddress(explanation),
      method: target.http?.method ?? null,
      path: target.http?.path ?? null,
      sni: target.tls?.sni ?? null,
      alpn: target.tls?.alpn ?? [],
    },
    since: since ?? null,
    configDump: configDump ?? null,
    ...(isOutside(asker) || simulation.isHeld
      ? { listener: null, routes: null, clusters: null }
      : updatesDocument(updatesOf(simulation), refer)),
    verdict: verdict.verdict,
    outcome: ending?.outcome ?? null,
    destination: ending?.destination ? destinationDocument(ending.destination) : null,
    decidedBy: firstOf(ending?.decidedBy ?? []).map(refer),
    because: becauseText(explanation, placeOf(locate)) ?? null,
    trace: journeysOf(explanation, { sieve })
      .flat()
      .map(({ stage, result, reason, objects, nearMisses }) => ({
        stage,
        result,
        reason,
        objects: objects.map(refer),
        ...(nearMisses.count === 0
          ? {}
          : {
              nearMisses: nearMisses
                .first(sieve ? 100 : 5)
                .map(({ text, at }) => ({ reason: text, object: at ? refer(at) : null })),
            }),
      })),
    alternatives: verdict.alternatives.map(({ outcome, destination, decidedBy, when }) => ({
      when: when.map(conditionText),
      outcome,
      destination: destination && destinationDocument(destination),
      decidedBy: firstOf(decidedBy).map(refer),
    })),
    assumptions: verdict.assumptions.map((assumption) => ({
      code: assumption.code,
      message: assumptionText(assumption),
    })),
    findings: [
      ...remarksOn(explanation).map(({ code, message, at }) => ({ code, message, objects: firstOf(at).map(refer) })),
      ...verdict.obstacles.map((obstacle) => ({
        code: obstacle.code,
        message: obstacleText(obstacle),
        objects: 'at' in obstacle ? [refer(obstacle.at)] : [],
      })),
      ...missingRouteGroups(explanation).map((notice) => ({
        code: notice.code,
        message: noticeText(notice, simulation.world),
        objects: [refer(notice.at)],
      })),
      ...bystanders().map((bystander) => ({
        code: bystander.reason,
        message: bystanderText(bystander, 'this policy'),
        objects: [refer(bystander.at)],
      })),
    ],
    fix: fix ?? null,
  };
}

function workloadDocument(workload: Workload | undefined) {
  return workload ? { kind: workload.kind, name: workload.metadata.name } : null;
}

/** A filter chain for http may be that of thousands of policies, and a policy with many ports be refused as many times. */
const MAX_LISTED = 20;

/** As many as a document has; more say no more. */
export function firstOf<T>(list: readonly T[]): readonly T[] {
  return list.slice(0, MAX_LISTED);
}

/** What a proxy makes of each of the three updates. */
function updatesDocument({ listener, routes, clusters }: Updates, refer: (ref: FieldRef) => ObjectDocument) {
  const describe = ({ state, inPlace, refusals, at }: Updates[keyof Updates]) => ({
    state,
    inPlace,
    reasons: refusals.slice(0, MAX_LISTED).map(refusalText),
    objects: firstOf(at).map(refer),
  });
  return { listener: describe(listener), routes: describe(routes), clusters: describe(clusters) };
}

function placeOf(locate: Locate): (ref: FieldRef) => string | undefined {
  return ({ object, path }) => {
    const location = locate(object, path);
    return location && `${location.file}:${location.line}`;
  };
}

function dialledAddress({ events }: Explanation): string | null {
  const resolution = events.find((event) => event.stage === 'resolution');
  return resolution?.stage === 'resolution' ? (resolution.addresses[0] ?? null) : null;
}

function destinationDocument({ address, host, port, cluster }: Destination) {
  return { address, host, port, cluster };
}

export function objectDocument({ object, path }: FieldRef, locate: Locate): ObjectDocument {
  const location = locate(object, path);
  return {
    kind: object.kind,
    namespace: object.metadata.namespace ?? null,
    name: object.metadata.name,
    field: pathText(path),
    file: location?.file ?? null,
    line: location?.line ?? null,
  };
}
