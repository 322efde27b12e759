import type { Expectation } from '../../analysis/policy-test/expectation.js';
import type { RequestPattern } from '../../analysis/policy-test/exactly.js';
import type { SourceLocation } from '../../errors.js';
import type { Target } from '../../simulator/request/index.js';
import type { OsmVersion } from '../../simulator/versions.js';
import type { ClientName } from '../client.js';
import type { HostsTable } from '../hosts.js';

/** Where something stands in a test file; looked up when somebody asks. */
export type Place = () => SourceLocation;

/** A client as the test file names it. */
export interface TestClient {
  readonly name: ClientName;
  /** As written. */
  readonly word: string;
  readonly place: Place;
}

/** What is asked: of single requests, or of all. */
export type TestQuestion =
  | {
      readonly kind: 'requests';
      readonly targets: readonly { readonly target: Target; readonly place: Place }[];
      readonly expect: Expectation;
    }
  | { readonly kind: 'exactly'; readonly patterns: readonly RequestPattern[] }
  | {
      readonly kind: 'not-wider';
      /** In the words of `loadPolicySet`, as they are seen from the current directory. */
      readonly old: readonly string[];
      /** As written. */
      readonly written: string;
      readonly place: Place;
    };

export interface PolicyTest {
  readonly name: string;
  /** Who sends the requests; empty, where the question allows it: everybody. */
  readonly clients: readonly TestClient[];
  readonly question: TestQuestion;
  readonly place: Place;
}

/** One EgressTest. */
export interface TestSuite {
  readonly file: string;
  /** Paths of policies and what decides what they do, as they are seen from the current directory. */
  readonly resources: readonly { readonly path: string; readonly place: Place }[];
  readonly recursive: boolean;
  readonly meshName: string;
  readonly osmNamespace: string;
  readonly osmVersion: OsmVersion;
  /** Whose resources they are. */
  readonly mesh: 'osm' | 'istio';
  /** Of objects and clients that name none. */
  readonly namespace: string;
  readonly hosts: HostsTable;
  readonly tests: readonly PolicyTest[];
}
