import { emptySpecOf } from './empty-spec.js';
import { isDeepStrictEqual } from 'node:util';
import { isPlain, ownValue } from '../text/plain-data.js';
import type { SourceLocation } from '../errors.js';
import { PositionCache, type ReadDocument, type SourceDocument } from './document.js';
import type { Findings } from './findings.js';
import type { Limits } from './limits.js';
import type { FieldPath, KubernetesObject, Namespace, Resource } from './types.js';
import { checkPod, checkNamespace, meetsWebhooks } from './validate/injection.js';
import { apiVersionOf } from './kinds.js';
import { groupOf, keyOf, labelOf, shorten } from './object-names.js';
import { isWorkload } from './workloads.js';
import { findIstioKind } from './validate/istio-kinds.js';
import { customKinds, findReadable, inNewerVersion, kindsOfGroup, type KindInfo } from './validate/kinds.js';
import { checkMetadata } from './validate/names.js';
import { checkAgainst, describeValue, type Finding, type Report } from './validate/schema.js';
import { renderHint } from './sources-of-manifests.js';
import { pathText } from '../text/field-path.js';
import { closest } from '../text/closest.js';
import {
  checkEgress,
  checkRouteGroup,
  checkTrafficSplit,
  checkTrafficTarget,
  checkUpstreamTrafficSetting,
} from './validate/webhook.js';

type Plain = Record<string, unknown>;

/** Where an object came from. */
export interface Origin {
  readonly document: SourceDocument;
  /** Empty, or the way to an item of a list. */
  readonly path: FieldPath;
}

/** An object that the API server would refuse. */
export interface FaultyObject {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Is a question answered the same without this object, whatever it was meant to say? */
export type NoBearing = (faulty: FaultyObject, objects: readonly Resource[]) => boolean;

interface Deferred {
  readonly faulty: FaultyObject;
  readonly findings: readonly Finding[];
  readonly report: Report;
}

/** What `egress list` prints: its items hold the policies, beside what they do. */
const policyList = { apiVersion: 'osm-ts/v1', kind: 'EgressPolicyList' };

const rootPath: FieldPath = [];

/** Faulty objects that wait for the rest of the input. */
const maxDeferred = 1_000;

/** Turns documents into the objects that the simulator reads, and says what is wrong with them. */
export class Collector {
  readonly #kept = new Map<string, Resource>();
  readonly #all: Resource[] = [];
  readonly #deferred: Deferred[] = [];
  readonly skipped = new Map<string, number>();
  readonly origins = new Map<KubernetesObject, Origin>();
  readonly positions: PositionCache;

  constructor(
    private readonly findings: Findings,
    private readonly defaultNamespace: string,
    limits: Limits,
    private readonly noBearing: NoBearing | undefined,
    private readonly istio: boolean,
  ) {
    this.positions = new PositionCache(limits.maxDepth);
  }

  /** Of objects with the same kind, namespace and name the last one, in the place of the first. */
  get objects(): readonly Resource[] {
    return [...this.#kept.values()];
  }

  /** The objects of one file, as reading it alone gives them. */
  objectsOf(file: string): readonly Resource[] {
    const ofFile = this.#all.filter((object) => this.origins.get(object)?.document.source.file === file);
    return [...new Map(ofFile.map((object) => [keyOf(object), object])).values()];
  }

  locate(origin: Origin, path: FieldPath): SourceLocation {
    return this.positions.locate(origin.document, path.length > 0 ? [...origin.path, ...path] : origin.path);
  }

  add({ document, value }: ReadDocument): void {
    this.#addValue(value, { document, path: rootPath });
  }

  /** Lists nest no deeper than the text does, so this recursion is bounded. */
  #addValue(value: unknown, origin: Origin): void {
    if (!isPlain(value)) return this.#notAnObject(value, origin);
    const { apiVersion, kind } = value;
    if (typeof kind !== 'string' || kind === '' || typeof apiVersion !== 'string' || apiVersion === '') {
      return this.#untyped(value, origin);
    }
    if (isList(value, kind)) return this.#addItems(value, kind, apiVersion, origin);
    const slash = apiVersion.indexOf('/');
    const group = slash === -1 ? '' : apiVersion.slice(0, slash);
    const info = this.#infoOf(group, kind);
    if (info && isWorkload(info)) this.#addWorkload(value, info, group, apiVersion, origin);
    else if (info) this.#addKnown(value, info, apiVersion.slice(slash + 1), origin);
    else this.#addUnknown(value, group, apiVersion, kind, origin);
  }

  #infoOf(group: string, kind: string): KindInfo | undefined {
    return findReadable(group, kind) ?? (this.istio ? findIstioKind(group, kind) : undefined);
  }

  #notAnObject(value: unknown, origin: Origin): void {
    if (this.#isSource(origin, value)) return;
    const what = describeValue(value);
    const hint = Array.isArray(value)
      ? 'separate the objects by lines of ---, or put them in the items of an object of kind List'
      : 'an object starts with apiVersion, kind and metadata';
    const subject = origin.path.length > 0 ? `${pathText(origin.path)} is ${what}` : `the document is ${what}`;
    this.#error(origin, [], `${subject}, not a Kubernetes object`, hint);
  }

  #untyped(value: Plain, origin: Origin): void {
    if (this.#isSource(origin)) return;
    for (const field of ['apiVersion', 'kind']) {
      const found = value[field];
      if (typeof found === 'string' && found !== '') continue;
      const present = found !== undefined && found !== null && found !== '';
      const meant = closest(field, Object.keys(value));
      const message = present ? `${field} must be a string, not ${describeValue(found)}` : `the object has no ${field}`;
      const hint = meant && meant !== field ? `did you mean ${field} by ${meant}?` : untypedHint(field);
      this.#error(origin, present ? [field] : [], message, hint);
    }
  }

  /** Is it in a file from which others make manifests? */
  #isSource(origin: Origin, value?: unknown): boolean {
    const hint = renderHint(origin.document.source.file, value);
    if (hint !== undefined) this.findings.warn(`is no manifest; ${hint}`, () => this.locate(origin, []));
    return hint !== undefined;
  }

  #addItems(list: Plain, kind: string, apiVersion: string, origin: Origin): void {
    const { items } = list;
    const ownList = apiVersion === policyList.apiVersion && kind === policyList.kind;
    if (!Array.isArray(items)) {
      if (items === null) return;
      const wrong = items === undefined ? 'has no items' : `has items that are ${describeValue(items)}`;
      this.#error(origin, ['items'], `the ${shorten(kind)} ${wrong}`, 'items is the list of its objects');
      return;
    }
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length);
    items.forEach((item: unknown, index) => {
      const path = [...origin.path, 'items', index];
      if (ownList && isPlain(item)) {
        this.#addValue(item['policy'], { document: origin.document, path: [...path, 'policy'] });
        return;
      }
      // The API server leaves these out of the items of a typed list.
      if (itemKind && isPlain(item)) {
        item['apiVersion'] ??= apiVersion;
        item['kind'] ??= itemKind;
      }
      this.#addValue(item, { document: origin.document, path });
    });
  }

  /** Only its pod template matters; one that cannot be read makes no pod, and is nothing to fail for. */
  #addWorkload(value: Plain, info: KindInfo, group: string, apiVersion: string, origin: Origin): void {
    const schema = info.served[apiVersion.slice(apiVersion.indexOf('/') + 1)];
    const faults: Finding[] = [];
    const note = (finding: Finding): void => void (finding.severity !== 'warning' && faults.push(finding));
    if (schema) {
      checkAgainst(schema, value, note);
      if (isPlain(value['metadata'])) checkMetadata(value['metadata'], info.nameRule, note);
    }
    const [fault] = faults;
    if (fault) {
      const report = this.#reporter(origin, labelOf(value, info, this.defaultNamespace));
      report({ ...fault, severity: 'warning', hint: 'its pods do not count' });
    }
    if (!schema || fault || !isPlain(value['metadata'])) {
      this.#addUnknown(value, group, apiVersion, info.kind, origin);
      return;
    }
    this.#normalise(value, info, () => undefined);
    this.#keep(value as unknown as Resource, info, origin);
  }

  #addKnown(value: Plain, info: KindInfo, version: string, origin: Origin): void {
    const schema = ownValue(info.served, version);
    if (!schema) {
      const state = info.unserved.includes(version) ? 'is not served by the API server any more' : 'does not exist';
      const right = apiVersionOf(info);
      const message = `${info.kind} of ${shorten(apiVersionOf(info, version))} ${state}`;
      this.#error(origin, ['apiVersion'], message, `write apiVersion: ${right}, and the fields that it has`);
      return;
    }
    const report = this.#reporter(origin, labelOf(value, info, this.defaultNamespace));
    const errors: Finding[] = [];
    const tell: Report = (finding) => void (finding.severity === 'error' ? errors.push(finding) : report(finding));
    checkAgainst(schema, value, (finding) => tell(inNewerVersion(finding, info, version)));
    const metadata = value['metadata'] ?? {};
    if (isPlain(metadata)) checkMetadata(metadata, info.nameRule, tell);
    if (errors.length > 0) {
      this.#refuse({ kind: info.kind, namespace: this.#namespaceOf(value, info), value }, errors, report);
      return;
    }
    this.#normalise(value, info, report);
    if (version !== info.version && !info.group.endsWith('istio.io')) {
      const advice = `write ${apiVersionOf(info)}`;
      report({
        severity: 'warning',
        path: ['apiVersion'],
        message: `${apiVersionOf(info, version)} is deprecated`,
        hint: advice,
      });
    }
    this.#keep(value as unknown as Resource, info, origin);
  }

  /** Whether a fault matters is known when all objects are; so many faults matter whatever they are in. */
  #refuse(faulty: FaultyObject, errors: readonly Finding[], report: Report): void {
    if (this.noBearing && this.#deferred.length < maxDeferred)
      this.#deferred.push({ faulty, findings: errors, report });
    else errors.forEach(report);
  }

  #namespaceOf(value: Plain, info: KindInfo): string | undefined {
    if (!info.namespaced) return undefined;
    const { namespace } = isPlain(value['metadata']) ? value['metadata'] : {};
    return typeof namespace === 'string' && namespace !== '' ? namespace : this.defaultNamespace;
  }

  /** Tells of the faults that were put off. Call once, after the last document. */
  judgeFaults(): void {
    for (const deferred of this.#deferred) this.#tell(deferred);
  }

  /** @returns whether a warning is enough */
  #tell({ faulty, findings: [first, ...more], report }: Deferred): boolean {
    if (!first) return false;
    if (this.noBearing?.(faulty, this.objects)) {
      report({ ...first, severity: 'warning', hint: 'it has no bearing on this question, and is left out' });
      return true;
    }
    for (const finding of [first, ...more]) report(finding);
    return false;
  }

  /** Fills in what the API server, or kubectl, would. */
  #normalise(value: Plain, info: KindInfo, report: Report): void {
    const metadata = value['metadata'] as Plain;
    if (!info.namespaced) delete metadata['namespace'];
    else if (!metadata['namespace']) metadata['namespace'] = this.defaultNamespace;
    const empty = value['spec'] === undefined ? emptySpecOf(info.kind) : undefined;
    if (empty) {
      value['spec'] = empty;
      if (info.group) report({ severity: 'warning', path: [], message: 'has no spec: it does nothing' });
    }
    const spec = value['spec'];
    if (info.kind === 'Pod' && isPlain(spec) && typeof spec['serviceAccount'] === 'string') {
      spec['serviceAccountName'] ??= spec['serviceAccount'];
    }
  }

  #keep(object: Resource, info: KindInfo, origin: Origin): void {
    const key = keyOf(object);
    const earlier = this.#kept.get(key);
    const first = earlier && this.origins.get(earlier);
    if (first && !isDeepStrictEqual(earlier, object)) {
      const label = labelOf(object as unknown as Plain, info, '');
      const { file, line, column } = this.locate(first, []);
      const message = `${label} is defined twice in the input; this one counts, as where kubectl applies both; the other is at ${file}:${line}:${column}`;
      this.findings.warn(message, () => this.locate(origin, []));
    }
    this.origins.set(object, origin);
    this.#all.push(object);
    this.#kept.set(key, object);
  }

  #addUnknown(value: Plain, group: string, apiVersion: string, kind: string, origin: Origin): void {
    // policy tests may lie beside the policies
    if (group === 'osm-ts' || (group === 'kustomize.config.k8s.io' && this.#isSource(origin))) return;
    const known = kindsOfGroup(group);
    const elsewhere = customKinds.find((info) => info.kind === kind);
    if (known && !known.includes(kind)) {
      const meant = closest(kind, known);
      const hint = elsewhere
        ? `write apiVersion: ${apiVersionOf(elsewhere)}`
        : meant
          ? `did you mean ${meant}?`
          : 'check apiVersion and kind';
      this.#error(origin, ['kind'], `${shorten(apiVersion)} has no kind ${describeValue(kind)}`, hint);
      return;
    }
    const label = `${shorten(apiVersion)} ${shorten(kind)}`;
    this.skipped.set(label, (this.skipped.get(label) ?? 0) + 1);
    const group2 =
      elsewhere &&
      closest(
        group,
        customKinds.map((info) => info.group),
      );
    if (elsewhere && group2) {
      this.#reporter(
        origin,
        labelOf(value, elsewhere, this.defaultNamespace),
      )({
        severity: 'warning',
        path: ['apiVersion'],
        message: `is ${shorten(apiVersion)}, which is not OSM's: the object is skipped`,
        hint: `did you mean ${apiVersionOf(elsewhere)}?`,
      });
    }
  }

  /** Rules that look at more than one object. Call once, after the last document. */
  finish(): void {
    const namespaces = new Map<string, Namespace>();
    for (const object of this.objects) if (object.kind === 'Namespace') namespaces.set(object.metadata.name, object);
    const hosts = new Map<string, Resource>();
    for (const object of this.objects) {
      const origin = this.origins.get(object) as Origin;
      const info = this.#infoOf(groupOf(object), object.kind) as KindInfo;
      const told = this.#reporter(origin, labelOf(object as unknown as Plain, info, ''));
      const errors: Finding[] = [];
      const report: Report = (finding) => void (finding.severity === 'error' ? errors.push(finding) : told(finding));
      const namespace = namespaces.get(object.metadata.namespace ?? '');
      if (object.kind === 'Pod') checkPod(object, namespace, report);
      else if (object.kind === 'Namespace') checkNamespace(object, report);
      else if (object.kind === 'HTTPRouteGroup') checkRouteGroup(object, report);
      else if (object.kind === 'TrafficSplit') checkTrafficSplit(object, report);
      else if (!isWorkload(object)) this.#webhook(object, meetsWebhooks(namespace), hosts, report);
      if (errors.length === 0) continue;
      const value = object as unknown as Plain;
      const faulty = { kind: object.kind, namespace: object.metadata.namespace, value };
      if (this.#tell({ faulty, findings: errors, report: told })) this.#kept.delete(keyOf(object));
    }
  }

  #webhook(object: Resource, isChecked: boolean, hosts: Map<string, Resource>, report: Report): void {
    const heard: Report = isChecked ? report : (finding) => report({ ...finding, severity: 'warning' });
    if (object.kind === 'Egress') checkEgress(object, heard);
    else if (object.kind === 'TrafficTarget') checkTrafficTarget(object, heard);
    else if (object.kind === 'UpstreamTrafficSetting') {
      checkUpstreamTrafficSetting(object, heard);
      const { host } = object.spec;
      const other = hosts.get(host);
      if (!other) hosts.set(host, object);
      else if (other.metadata.name !== object.metadata.name) {
        const name = `UpstreamTrafficSetting ${other.metadata.namespace}/${other.metadata.name}`;
        const message = `is the host of ${name} too: OSM refuses the one that is applied later`;
        report({ severity: 'warning', path: ['spec', 'host'], message });
      }
    }
  }

  #reporter(origin: Origin, label: string): Report {
    return (finding) => {
      const subject = finding.path.length > 0 ? `${label}: ${pathText(finding.path)}` : label;
      const message = `${subject} ${finding.message}`;
      if (finding.severity === 'warning') {
        const text = finding.hint ? `${message}; ${finding.hint}` : message;
        this.findings.warn(text, () => this.locate(origin, finding.path));
      } else {
        const hint = finding.quote ? () => this.#quoteHint(origin, finding) : finding.hint;
        this.findings.error(message, () => this.locate(origin, finding.path), hint);
      }
    };
  }

  /** What stands in the text where a string is wanted and YAML reads a number or a boolean, in quotes. */
  #quoteHint(origin: Origin, finding: Finding): string {
    const written = this.positions.scalarText(origin.document, [...origin.path, ...finding.path]);
    return written && /^[^\s"\\]{1,40}$/.test(written) ? `put it in quotes: "${written}"` : 'put it in quotes';
  }

  #error(origin: Origin, path: FieldPath, message: string, hint?: string): void {
    this.findings.error(message, () => this.locate(origin, path), hint);
  }
}

function isList(value: Plain, kind: string): boolean {
  if (!kind.endsWith('List')) return false;
  return Array.isArray(value['items']) || kind === 'List' || (value['items'] === null && Object.hasOwn(value, 'items'));
}

function untypedHint(field: string): string {
  return field === 'kind'
    ? 'write for example kind: Egress'
    : 'write for example apiVersion: policy.openservicemesh.io/v1alpha1';
}
