/** Versions of OSM that are told apart; the add-on of AKS ships 1.2.5. */
export const OSM_VERSIONS = ['1.0', '1.1', '1.2', '1.2.4', '1.2.5'] as const;
export type OsmVersion = (typeof OSM_VERSIONS)[number];
/** The one with which the observations were made. */
export const USUAL_OSM_VERSION: OsmVersion = '1.2.4';

interface Feature {
  /** The first version that has it. */
  readonly since: OsmVersion;
  readonly source: string;
}

const osm = 'https://github.com/openservicemesh/osm';

/** What some versions do not know: it has no effect there. docs/versions.md has a row for each. */
export const VERSIONED_FEATURES = {
  'outbound-range-inclusion': { since: '1.1', source: `${osm}/issues/4396` },
  'upstream-traffic-setting': { since: '1.1', source: `${osm}/pull/4594` },
  'network-interface-exclusion': { since: '1.2', source: `${osm}/pull/4700` },
  'websocket-upgrade': { since: '1.2', source: `${osm}/pull/4741` },
} as const satisfies Readonly<Record<string, Feature>>;

export type VersionedFeature = keyof typeof VERSIONED_FEATURES;

/** What a version does not know yet. */
export function lackingIn(version: OsmVersion): ReadonlySet<VersionedFeature> {
  const all = Object.entries(VERSIONED_FEATURES) as [VersionedFeature, Feature][];
  const place = OSM_VERSIONS.indexOf(version);
  return new Set(all.flatMap(([name, { since }]) => (OSM_VERSIONS.indexOf(since) > place ? [name] : [])));
}
