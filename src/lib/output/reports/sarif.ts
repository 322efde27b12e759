import type { SourceLocation } from '../../errors.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
/** What comes from a cluster has no file; code scanning wants one. */
const NO_FILE = 'cluster';

/** SARIF 2.1.0 with one run of osm-ts. */
export function sarifDocument(version: string, rules: readonly object[], results: readonly object[]) {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'osm-ts', semanticVersion: version, rules } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
}

export function sarifLocation(place: SourceLocation | { readonly file: string } | undefined) {
  const uri = encodeURI((place?.file ?? NO_FILE).replaceAll('\\', '/')).replace(/[?#]/g, encodeURIComponent);
  const [startLine, startColumn] = place && 'line' in place ? [place.line, place.column] : [1, 1];
  return { physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } } };
}

/** `never-decides` → `NeverDecides` */
export function sarifName(name: string): string {
  return name.replace(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase());
}
