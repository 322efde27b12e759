import type { Resource } from '../resources/types.js';

/**
 * The API server keeps objects without `spec`, which mean nothing; the simulator wants the fields that the kind has.
 * @returns the object itself where nothing is missing
 */
export function withSpec(object: Resource): Resource {
  const { spec } = object as { spec?: Record<string, unknown> | null };
  switch (object.kind) {
    case 'Egress':
      return spec ? object : { ...object, spec: { sources: [], ports: [] } };
    case 'HTTPRouteGroup':
      return spec?.['matches'] ? object : { ...object, spec: { matches: [] } };
    case 'TrafficTarget':
      return spec ? object : { ...object, spec: { destination: { kind: '', name: '' }, sources: [] } };
    case 'TrafficSplit':
      return spec ? object : { ...object, spec: { service: '', backends: [] } };
    case 'Service':
    case 'UpstreamTrafficSetting':
      return spec ? object : ({ ...object, spec: {} } as Resource);
    default:
      return object;
  }
}
