import type { Experiment } from '../experiment.js';
import type { Observation } from '../sighting.js';

/** The header, or the first word, by which a server outside is recognised; `address:port` and the time of connection follow. */
export const SERVER_HEADER = 'x-observed-server';

/** To the servers outside: listen on these ports; or, this is the pod's address. */
export type OutsideMessage = { readonly ports: readonly number[] } | { readonly route: string };
export type OutsideReply = { readonly done: true } | { readonly failed: string };

/** To the pod: do this experiment. */
export interface PodMessage {
  readonly experiment: Experiment;
}
export type PodReply = { readonly ready: true } | { readonly observation: Observation } | { readonly failed: string };
