/** Something that newer Envoys decide otherwise than the one with which the worlds were recorded (docs/versions.md). */
export interface VersionDifference {
  /** The first version that has it. */
  readonly since: string;
  /** A runtime key that, set to false, makes a newer version decide as the recorded one: the proof of the reason. */
  readonly runtimeKey: string;
  /** Recorded worlds that were refused and are accepted since. */
  readonly accepted: readonly string[];
}

const VERSION_DIFFERENCES: readonly VersionDifference[] = [
  {
    // Regular expressions are compiled as Latin-1 instead of UTF-8: their programs are smaller, and fit.
    since: '1.39.1',
    runtimeKey: 'envoy.reloadable_features.re2_use_latin1_mode',
    accepted: ['mix-149', 'mix-274', 'mix-75', 'regex-class-p', 'route-unicode'],
  },
];

/** Those of a version of Envoy, which is written like 1.36.4. */
export function differencesOf(version: string): VersionDifference[] {
  return VERSION_DIFFERENCES.filter(({ since }) => since.localeCompare(version, 'en', { numeric: true }) <= 0);
}
