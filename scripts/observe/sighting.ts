import type { Expectation } from '../../test/conformance/recordings.js';

/** What a client saw, before it is put into the words of the recordings. */
export interface Sighting {
  /** curl's exit code; null for raw TCP. */
  readonly exitCode: number | null;
  /** The last HTTP status; 0: none. */
  readonly status: number;
  /** `address:port` of the server outside that answered. */
  readonly server: string | null;
  /** Envoy's cluster, by its access log; null when Envoy was not on the way or does not say. */
  readonly cluster: string | null;
  /** Milliseconds from the connection to the answer or the end. */
  readonly elapsed: number;
  /** Milliseconds until the server that answered was connected to; null without one. */
  readonly reachedAfter: number | null;
  /** How a raw TCP connection ended: refused, silent (nothing happened), ended, answered, unresolved. */
  readonly end: 'refused' | 'silent' | 'ended' | 'answered' | 'unresolved' | null;
  /** curl's own words, or the first bytes of a raw answer. */
  readonly text: string;
}

/** What a proxy took and refused. */
export interface ProxyState {
  readonly listener: 'programmed' | 'absent' | 'refused';
  readonly routes: 'accepted' | 'refused';
  readonly clusters: 'accepted' | 'refused';
  /** Envoy's reasons. */
  readonly reasons: readonly string[];
}

export interface Observation {
  /** Why the pod did not come up. */
  readonly broken: string | null;
  readonly proxy: ProxyState;
  readonly sightings: readonly Sighting[];
}

/**
 * A sighting in the words of the recordings (test/conformance).
 * @param meshClusters clusters of mesh services by the addresses that stand for them
 */
export function expectationOf(
  sighting: Sighting,
  meshClusters: ReadonlyMap<string, string>,
  detectionTimeoutSeconds: number,
): Expectation | undefined {
  // clients on a busy machine notice late that they are connected, and late that something happened
  const waited = (milliseconds: number | null) =>
    milliseconds !== null && milliseconds >= detectionTimeoutSeconds * 750 ? { delay: 15 } : {};
  const { exitCode, status, server, end } = sighting;
  if (server !== null) {
    const delay = waited(sighting.reachedAfter);
    const mesh = meshClusters.get(server.slice(0, server.lastIndexOf(':')));
    if (mesh !== undefined) return { class: 'mesh', cluster: mesh, ...delay };
    return { class: 'reached', address: server, cluster: sighting.cluster, ...delay };
  }
  const delay = waited(sighting.elapsed);
  if (end === 'refused' || exitCode === 7) return { class: 'refused' };
  if (end === 'silent') return { class: 'stalled' };
  if (status > 0) return { class: 'http', status, ...delay };
  // 5: the name of a proxy
  if (exitCode === 5 || exitCode === 6 || end === 'unresolved') return { class: 'unresolved' };
  if (exitCode === 35)
    return /wrong version number|packet length/.test(sighting.text)
      ? { class: 'tls-error' }
      : { class: 'closed', ...delay };
  // 16: HTTP/2 that was over before it began; 97: SOCKS
  if (end === 'ended' || [16, 52, 55, 56, 97].includes(exitCode ?? 0)) return { class: 'closed', ...delay };
  return undefined;
}
