import type { IstioResource } from '../../resources/istio-types.js';

/** Kinds of Istio that the simulator reads. */
export const ISTIO_KINDS: ReadonlySet<string> = new Set<IstioResource['kind']>([
  'ServiceEntry',
  'VirtualService',
  'DestinationRule',
  'Sidecar',
  'Gateway',
  'AuthorizationPolicy',
]);
