import { patternFault, type RequestPattern } from '../../analysis/policy-test/exactly.js';
import type { Expectation, NamedObject } from '../../analysis/policy-test/expectation.js';
import { UsageError } from '../../errors.js';
import { readOwnDocuments, type OwnDocument } from '../../resources/own-documents.js';
import type { FieldPath } from '../../resources/types.js';
import { parseTarget, TargetError, type Target } from '../../simulator/request/index.js';
import { USUAL_OSM_VERSION, type OsmVersion } from '../../simulator/versions.js';
import { closest } from '../../text/closest.js';
import { isIpAddress, isCidr } from '../../text/ip.js';
import { isPlain } from '../../text/plain-data.js';
import { quoted } from '../../text/shorten.js';
import type { ClientName } from '../client.js';
import { usualNames } from '../mesh-names.js';
import type { HostsTable } from '../hosts.js';
import { EXACTLY, expectationSchema, NOT_WIDER, testFileSchema, verdicts } from './schema.js';
import { oldPolicies, seenFromHere } from './paths.js';
import type { PolicyTest, TestClient, TestQuestion, TestSuite } from './types.js';

/** Reads the word for a client, as a command line has it. @throws UsageError */
export type ClientReader = (word: string) => ClientName;

/**
 * Reads the EgressTests of files, directories and standard input.
 * @throws InputError with file, line, column and remedy; ManifestErrors, when there are several
 */
export function readTestSuites(
  filenames: readonly string[],
  { recursive, readClient }: { readonly recursive: boolean; readonly readClient: ClientReader },
): Promise<TestSuite[]> {
  const own = { kind: 'EgressTest', schema: testFileSchema };
  return readOwnDocuments(filenames, own, {
    recursive,
    read: (document) => new SuiteReader(document, readClient).read(),
  });
}

/** The fields of an EgressTest that the schema has checked. */
interface Fields {
  readonly resources: readonly string[];
  readonly recursive?: boolean;
  readonly hosts?: unknown;
  readonly meshName?: string;
  readonly osmNamespace?: string;
  readonly osmVersion?: OsmVersion;
  readonly mesh?: 'osm' | 'istio';
  readonly namespace?: string;
  readonly tests: readonly TestFields[];
}

interface TestFields {
  readonly name: string;
  readonly from?: unknown;
  readonly target?: string;
  readonly targets?: readonly string[];
  readonly expect?: unknown;
  readonly [EXACTLY]?: readonly PatternFields[];
  readonly [NOT_WIDER]?: unknown;
}

type PatternFields = Partial<RequestPattern> & { readonly port: number };

class SuiteReader {
  private readonly fields: Fields;
  private readonly names = new Map<string, FieldPath>();
  /** The same words stand in many tests. */
  private readonly clients = new Map<string, ClientName>();

  constructor(
    private readonly document: OwnDocument,
    private readonly readClient: ClientReader,
  ) {
    this.fields = document.value as unknown as Fields;
  }

  read(): TestSuite {
    const { file } = this.document;
    const {
      resources,
      recursive = false,
      meshName,
      osmNamespace,
      osmVersion,
      mesh = 'osm',
      namespace = 'default',
      tests,
    } = this.fields;
    return {
      file,
      resources: resources.map((path, index) => ({
        path: seenFromHere(path, file),
        place: this.placeOf(['resources', index]),
      })),
      recursive,
      meshName: meshName ?? usualNames.meshName,
      osmNamespace: osmNamespace ?? usualNames.osmNamespace,
      osmVersion: osmVersion ?? USUAL_OSM_VERSION,
      mesh,
      namespace,
      hosts: this.hosts(),
      tests: tests.flatMap((test, index) => this.test(test, ['tests', index]) ?? []),
    };
  }

  private placeOf(path: FieldPath) {
    return () => this.document.locate(path);
  }

  private fail(path: FieldPath, message: string, hint?: string): undefined {
    this.document.fail(path, message, hint);
  }

  private hosts(): HostsTable {
    const table = new Map<string, readonly string[]>();
    const { hosts = {} } = this.fields;
    if (!isPlain(hosts)) {
      this.fail(['hosts'], 'must be a map of names to addresses', 'write { httpbin.org: 192.0.2.10 }');
      return table;
    }
    for (const [name, value] of Object.entries(hosts)) {
      const addresses = this.texts(['hosts', name], value, 'an address or a list of them');
      const wrong = addresses.find((address) => !isIpAddress(address));
      if (wrong !== undefined)
        this.fail(
          ['hosts', name],
          `has ${quoted(wrong)}, which is not an IP address`,
          'write an address, such as 192.0.2.10',
        );
      table.set(name.toLowerCase().replace(/\.$/, ''), addresses);
    }
    return table;
  }

  /** One text or a list of them. */
  private texts(path: FieldPath, value: unknown, what: string): readonly string[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((one) => typeof one === 'string' && one !== '')) return list as readonly string[];
    this.fail(path, `must be ${what}`);
    return [];
  }

  private test(test: TestFields, at: FieldPath): PolicyTest | undefined {
    const first = this.names.get(test.name);
    if (first) {
      const { line } = this.document.locate(first);
      return this.fail(
        [...at, 'name'],
        `is ${quoted(test.name)}, as that of the test in line ${line}`,
        'give each test a name of its own',
      );
    }
    this.names.set(test.name, [...at, 'name']);
    const question = this.question(test, at);
    if (!question) return undefined;
    const clients = test.from === undefined ? [] : this.clientsOf(test.from, [...at, 'from']);
    if (test.from === undefined && question.kind !== 'not-wider')
      return this.fail(at, 'does not say who sends the request', 'add from: NAMESPACE/SERVICEACCOUNT');
    return { name: test.name, clients, question, place: this.placeOf(at) };
  }

  private clientsOf(from: unknown, path: FieldPath): TestClient[] {
    const isList = Array.isArray(from);
    return this.texts(path, from, 'a client such as curl/curl, or a list of them').flatMap((word, index) => {
      const here = isList ? [...path, index] : path;
      const name = this.client(word, here);
      return name ? [{ name, word, place: this.placeOf(here) }] : [];
    });
  }

  private client(word: string, path: FieldPath): ClientName | undefined {
    let name = this.clients.get(word);
    if (name) return name;
    try {
      this.clients.set(word, (name = this.readClient(word)));
      return name;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return this.fail(path, `is no client: ${error.message}`, error.hint);
    }
  }

  private question(test: TestFields, at: FieldPath): TestQuestion | undefined {
    const { target, targets, expect, [EXACTLY]: exactly, [NOT_WIDER]: old } = test;
    const isAboutOne = target !== undefined || targets !== undefined;
    if ([isAboutOne, exactly !== undefined, old !== undefined].filter(Boolean).length !== 1) {
      const message = isAboutOne || exactly || old !== undefined ? 'asks more than one thing' : 'asks nothing';
      return this.fail(at, message, `give it one of: target or targets, ${EXACTLY}, ${NOT_WIDER}`);
    }
    if (!isAboutOne && expect !== undefined)
      return this.fail(
        [...at, 'expect'],
        'belongs to target or targets',
        'leave it out: what is written here says what is expected',
      );
    if (exactly) {
      const patterns = exactly.flatMap((fields, index) => this.pattern(fields, [...at, EXACTLY, index]) ?? []);
      return { kind: 'exactly', patterns };
    }
    if (old !== undefined) return this.notWider(old, [...at, NOT_WIDER]);
    if (target !== undefined && targets)
      return this.fail([...at, 'targets'], 'stands beside target', 'write one of the two');
    const read = targets
      ? targets.flatMap((line, index) => this.target(line, [...at, 'targets', index]) ?? [])
      : [this.target(target!, [...at, 'target']) ?? []].flat();
    const expected = this.expectation(expect, [...at, 'expect'], at);
    return expected && { kind: 'requests', targets: read, expect: expected };
  }

  private target(line: string, path: FieldPath): { target: Target; place: TestClient['place'] } | undefined {
    try {
      return { target: parseTarget(line), place: this.placeOf(path) };
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return this.fail(path, `is no target: ${error.message}`, error.hint);
    }
  }

  private expectation(expect: unknown, path: FieldPath, test: FieldPath): Expectation | undefined {
    const words = `one of ${verdicts.join(', ')}`;
    if (expect === undefined) return this.fail(test, 'does not say what is expected', `add expect: ${words}`);
    if (typeof expect === 'string') {
      const verdict = verdicts.find((word) => word === expect);
      if (verdict) return { verdict };
      const meant = closest(expect, verdicts);
      return this.fail(path, `must be ${words}, not ${quoted(expect)}`, meant && `did you mean ${meant}?`);
    }
    if (!isPlain(expect)) return this.fail(path, `must be ${words}, or a map of what is expected`);
    this.document.check(path, expectationSchema, expect);
    const { decidedBy, ...rest } = expect;
    const found: Expectation = {
      ...(rest as Expectation),
      ...(decidedBy !== undefined && { decidedBy: this.objects(decidedBy, [...path, 'decidedBy']) }),
    };
    const [verdict, others] = [found.verdict, Object.keys(found).filter((name) => name !== 'verdict')];
    if (Object.keys(found).length === 0) return this.fail(path, 'expects nothing', `write ${words}`);
    if ((verdict === 'unknown' || verdict === 'unpredictable') && others.length > 0)
      return this.fail(
        [...path, others[0]!],
        `says nothing beside verdict: ${verdict}`,
        'leave it out: there is no single outcome',
      );
    return found;
  }

  private objects(value: unknown, path: FieldPath): NamedObject[] {
    if (Array.isArray(value) && value.length === 0) return [];
    return this.texts(path, value, 'the name of an object, or a list of them').flatMap((text) => {
      const [, kind, namespace, name] = /^(?:([A-Z][A-Za-z]*) )?(?:([^/\s]+)\/)?([^/\s]+)$/.exec(text) ?? [];
      if (name !== undefined) return [{ kind, namespace, name }];
      const hint = 'write KIND NAMESPACE/NAME, such as Egress curl/httpbin';
      this.fail(path, `has ${quoted(text)}, which is no name of an object`, hint);
      return [];
    });
  }

  private notWider(old: unknown, path: FieldPath): TestQuestion | undefined {
    const words = this.texts(path, old, 'files, a directory, or git:REV[:PATH]');
    try {
      const resources = this.fields.resources.map((resource) => seenFromHere(resource, this.document.file));
      const named = words.flatMap((word) => oldPolicies(word, this.document.file, resources));
      return { kind: 'not-wider', old: named, written: words.join(', '), place: this.placeOf(path) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return this.fail(path, `names no policies: ${error.message}`, error.hint);
    }
  }

  private pattern(fields: PatternFields, path: FieldPath): RequestPattern | undefined {
    const { host, port, methods = [], paths = [], addresses = [] } = fields;
    const protocol = fields.protocol ?? usualProtocol(fields);
    if (!protocol) return this.fail(path, 'does not say its protocol', 'add protocol: http, https or tcp');
    const idle = {
      http: { addresses: 'the addresses of an http policy have no effect' },
      https: { methods: 'what travels inside TLS is not seen', paths: 'what travels inside TLS is not seen' },
      tcp: { host: 'raw TCP has no host', methods: 'raw TCP has no methods', paths: 'raw TCP has no paths' },
    }[protocol] as Readonly<Record<string, string>>;
    const wrong = Object.keys(idle).find((name) => fields[name as keyof PatternFields] !== undefined);
    if (wrong !== undefined)
      return this.fail(
        [...path, wrong],
        `does not go with ${protocol}: ${idle[wrong]}`,
        'leave it out, or correct the protocol',
      );
    const range = addresses.findIndex((text) => !isCidr(text));
    if (range >= 0)
      return this.fail(
        [...path, 'addresses', range],
        `is ${quoted(addresses[range]!)}, not a range`,
        'write a range such as 10.0.0.0/8, or 192.0.2.10/32',
      );
    const pattern = { protocol, port, host, methods, paths, addresses };
    const fault = patternFault(pattern);
    return fault === undefined
      ? pattern
      : this.fail(path, `stands for no policy: ${fault}`, 'write it as a policy would have it');
  }
}

/** What a pattern without protocol means. */
function usualProtocol({ host, port, methods, paths }: PatternFields): RequestPattern['protocol'] | undefined {
  if (methods ?? paths) return 'http';
  if (host === undefined) return 'tcp';
  return port === 80 ? 'http' : port === 443 ? 'https' : undefined;
}
