import { ownValue } from '../text/plain-data.js';
import type { Resource } from './types.js';

/** Kinds whose CRDs allow objects without `spec` → what stands for it: it selects nothing. */
const emptySpecs: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
  Egress: () => ({ sources: [], ports: [] }),
  HTTPRouteGroup: () => ({ matches: [] }),
  Service: () => ({}),
  TrafficSplit: () => ({ service: '', backends: [] }),
  TrafficTarget: () => ({ destination: { kind: '', name: '' }, sources: [] }),
  UpstreamTrafficSetting: () => ({ host: '' }),
  ServiceEntry: () => ({ hosts: [] }),
  VirtualService: () => ({}),
  DestinationRule: () => ({ host: '' }),
  Sidecar: () => ({}),
  Gateway: () => ({}),
  AuthorizationPolicy: () => ({}),
};

/** Undefined for kinds that have to have one, or none. */
export function emptySpecOf(kind: string): Readonly<Record<string, unknown>> | undefined {
  return ownValue(emptySpecs, kind)?.();
}

/**
 * The API server keeps such objects; the simulator wants the fields that the kind has.
 * @returns the object itself where nothing is missing
 */
export function withSpec(object: Resource): Resource {
  const empty = emptySpecOf(object.kind);
  const { spec } = object as { spec?: Readonly<Record<string, unknown>> | null };
  if (!empty || (spec && Object.keys(empty).every((field) => spec[field] !== undefined))) return object;
  return { ...object, spec: { ...empty, ...spec } } as Resource;
}
