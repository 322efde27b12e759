import type { Surroundings } from '../analysis/unread.js';
import type { Cluster } from '../cluster/types.js';
import { placeText } from '../errors.js';
import type { Manifests, ReadOptions } from '../resources/index.js';
import type { Egress, KubernetesObject, Locate, Resource } from '../resources/types.js';
import type { Reporter } from '../reporter.js';
import type * as istioSimulator from '../simulator/istio/index.js';
import type { IstioWorld } from '../simulator/istio/world.js';
import type { OsmVersion } from '../simulator/versions.js';
import { createWorld, namespacedName, type World } from '../simulator/world.js';
import { requireBounded } from './bounds.js';
import { contextNamespace, openCluster, type ConnectionOptions } from './connection.js';
import { usualNames, type MeshNames } from './mesh-names.js';
import { readCluster, type Question } from './read-cluster.js';
import type { FoundMeshConfig } from './istio/mesh-config.js';
import { nothingUnread, unreadOfSnapshot, type ClusterUnread } from './unread.js';
import { withSpec } from '../resources/empty-spec.js';
import { pathText } from '../text/field-path.js';

/** Where policies, and what decides what they do, come from. */
export interface InputOptions extends ConnectionOptions, MeshNames {
  /** Files, directories, `-`. Empty: nothing but the cluster. */
  readonly filenames: readonly string[];
  /** Look into the directories of directories. */
  readonly recursive: boolean;
  /** Lay the files over what the cluster holds, instead of looking at nothing else. */
  readonly live: boolean;
  /** No files mean nothing at all, rather than the cluster. */
  readonly withoutCluster?: boolean | undefined;
  /** An open connection to use instead of a new one. */
  readonly connection?: Cluster | undefined;
  readonly osmVersion?: OsmVersion | undefined;
  /** Among the names of files, `git:REV[:PATH]` is one of a commit. */
  readonly commits?: boolean | undefined;
  /** Istio is asked about, not OSM. */
  readonly istio?: IstioInputOptions | undefined;
  /** A directory without manifests is read as nothing: what is written may become its first. */
  readonly mayBeEmpty?: boolean | undefined;
}

/** What of Istio's configuration is in no manifest. */
export interface IstioInputOptions {
  /** A file with the mesh configuration, in place of the ConfigMap. */
  readonly meshConfig?: string | undefined;
}

/** Loaded where Istio is asked about. */
export type IstioSimulator = typeof istioSimulator;

/** Everything that decides what the policies do. */
export interface Input extends Surroundings {
  readonly options: InputOptions;
  readonly world: World;
  /** Set when Istio is asked about; `world` is what is around its objects then. */
  readonly istio: IstioWorld | undefined;
  /** Set with it. */
  readonly istioSimulator: IstioSimulator | undefined;
  /** Each kind, namespace and name once: a file's object takes the place of the cluster's. */
  readonly objects: readonly Resource[];
  readonly unread: ClusterUnread;
  /** Undefined when everything came from files. */
  readonly cluster: Cluster | undefined;
  /** Undefined when everything came from the cluster. */
  readonly manifests: Manifests | undefined;
  /** Where an object without namespace lives. */
  readonly defaultNamespace: string;
  /** Who says so: the option, the kubeconfig's context, or nobody. */
  readonly defaultNamespaceFrom: 'option' | 'context' | 'nowhere';
  readonly locate: Locate;
  /** The policy as the cluster has it, whatever the files say. */
  livePolicy(namespace: string, name: string): Egress | undefined;
  /** The object as it was read, for printing. */
  raw(object: KubernetesObject): KubernetesObject;
  /** The same with one more object of the cluster. */
  with(object: Egress): Input;
}

/**
 * Reads what a question about policies needs: from files, from the cluster when there are none, or from the cluster with the
 * files laid over it. What a person should know about the input is reported.
 * @throws UsageError, InputError, ClusterError; what may not be read is data (`unread`)
 */
export async function loadInput(options: InputOptions, question: Question, report: Reporter): Promise<Input> {
  const { osmVersion, filenames, connection } = options;
  const usesCluster = options.live || (filenames.length === 0 && options.withoutCluster !== true);
  const cluster = usesCluster ? (connection ?? (await openCluster(options, report))) : undefined;
  const ofContext = options.namespace ?? cluster?.defaultNamespace ?? (await contextNamespace(options, report));
  const defaultNamespace = ofContext ?? 'default';
  const manifests =
    filenames.length > 0
      ? await readFiles(options, defaultNamespace, question.noBearing?.(defaultNamespace))
      : undefined;
  const ownMeshConfig = manifests?.objects.some(({ kind }) => kind === 'MeshConfig') === true;
  const withoutControlPlane = ownMeshConfig || question.withoutControlPlane === true;
  const content = cluster && (await readContent(cluster, { ...question, withoutControlPlane }, options, report));
  const { meshName, osmNamespace } = content?.names ?? namesOf(manifests, options);
  const archived = manifests?.snapshot && unreadOfSnapshot(manifests.snapshot);
  report.progress(null);
  for (const note of [...notesOn(manifests), ...(content?.notes ?? [])]) report.note(note);
  const warnings = question.tellsWarnings ? [] : (manifests?.warnings ?? []);
  for (const { message, location } of warnings) report.warn(`${placeText(location)}: ${message}`);
  const istioObjects = [...(content?.originals.keys() ?? []), ...(manifests?.objects ?? [])];
  const input = createInput({
    istio: options.istio && (await istioAround(istioObjects, options.istio)),
    options,
    originals: content?.originals ?? new Map<Resource, Resource>(),
    worldOptions: { meshName, osmNamespace, osmVersion, asInFiles: !cluster && !manifests?.snapshot },
    unread: content?.unread ?? archived ?? nothingUnread,
    cluster,
    manifests,
    defaultNamespace,
    defaultNamespaceFrom: options.namespace !== undefined ? 'option' : ofContext !== undefined ? 'context' : 'nowhere',
  });
  requireBounded(input);
  tellAdmissions(input, report);
  return input;
}

/** @throws UsageError, InputError about the file with the mesh configuration */
async function istioAround(objects: readonly Resource[], options: IstioInputOptions): Promise<IstioParts> {
  const { findMeshConfig } = await import('./istio/mesh-config.js');
  const found = await findMeshConfig(objects, options.meshConfig);
  return { simulator: await import('../simulator/istio/index.js'), found };
}

async function readContent(cluster: Cluster, question: Question, options: InputOptions, report: Reporter) {
  if (!options.istio) return readCluster(cluster, question, options, report);
  const { readIstioCluster } = await import('./istio/read-cluster.js');
  return readIstioCluster(cluster, question, options, report);
}

/** What Istio's webhook has to say; objects of the cluster have passed it. */
function tellAdmissions({ istio, locate }: Input, report: Reporter): void {
  for (const { object, path, error, warning } of istio?.admissions ?? []) {
    const location = locate(object, path);
    if (!location) continue;
    const { namespace = 'default', name } = object.metadata;
    const what = `${object.kind} ${namespace}/${name}: ${pathText(path)}`;
    const text = error === undefined ? warning : `${error}: Istio’s webhook refuses the object, which is left out`;
    report.warn(`${placeText(location)}: ${what}: ${text}`);
  }
}

async function readFiles(
  { filenames, recursive, commits, mayBeEmpty, istio }: InputOptions,
  defaultNamespace: string,
  noBearing: ReadOptions['noBearing'],
): Promise<Manifests> {
  const { readManifests } = await import('../resources/index.js');
  const elsewhere = commits ? await commitReader(recursive) : undefined;
  return readManifests({
    filenames,
    recursive,
    mayBeEmpty,
    defaultNamespace,
    noBearing,
    elsewhere,
    istio: istio !== undefined,
  });
}

async function commitReader(recursive: boolean): Promise<ReadOptions['elsewhere']> {
  const { parseCommitWord } = await import('./git/word.js');
  const { readCommit } = await import('./git/read-commit.js');
  return (argument, budget) => {
    const word = parseCommitWord(argument);
    return word && readCommit(word, { recursive, budget });
  };
}

type Parts = Pick<
  Input,
  'options' | 'worldOptions' | 'unread' | 'cluster' | 'manifests' | 'defaultNamespace' | 'defaultNamespaceFrom'
> & {
  readonly originals: ReadonlyMap<Resource, Resource>;
  readonly istio: IstioParts | undefined;
};

interface IstioParts {
  readonly simulator: IstioSimulator;
  readonly found: FoundMeshConfig | undefined;
}

function createInput({ originals, istio: parted, ...parts }: Parts): Input {
  const { manifests, worldOptions, unread } = parts;
  const objects = overlay([...originals.keys(), ...(manifests?.objects ?? [])]);
  const istio = parted && istioWorldOf([...originals.keys(), ...(manifests?.objects ?? [])], parted, unread);
  return {
    ...parts,
    world:
      istio?.base ??
      createWorld(objects, { ...worldOptions, unreadable: unread.kinds as ReadonlySet<Resource['kind']> }),
    istio,
    istioSimulator: parted?.simulator,
    objects,
    locate: (object, path) => manifests?.locate(object, path),
    livePolicy: (namespace, name) =>
      [...originals.values()].find(
        (object): object is Egress =>
          object.kind === 'Egress' && object.metadata.name === name && object.metadata.namespace === namespace,
      ),
    raw: (object) => originals.get(object as Resource) ?? object,
    with: (object) =>
      createInput({ ...parts, istio: parted, originals: new Map([...originals, [withSpec(object), object]]) }),
  };
}

function istioWorldOf(
  objects: readonly Resource[],
  { simulator, found }: IstioParts,
  unread: ClusterUnread,
): IstioWorld {
  const isDual = found?.meshConfig.defaultConfig?.proxyMetadata?.['ISTIO_DUAL_STACK'] === 'true';
  return simulator.createIstioWorld(objects, {
    meshConfig: found?.meshConfig,
    meshConfigAt: found?.at,
    rootNamespace: found?.rootNamespace,
    ipv6: { redirected: isDual, programmed: isDual },
    unreadable: unread.kinds,
  });
}

/** Of objects with the same kind, namespace and name the last one, in the place of the first. */
function overlay(objects: readonly Resource[]): Resource[] {
  const byName = new Map<string, Resource>();
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    byName.set(`${object.kind}/${namespacedName(namespace, name)}`, object);
  }
  return [...byName.values()];
}

/** The names that were given; an archived cluster says its own where the usual ones were. */
function namesOf(manifests: Manifests | undefined, given: MeshNames): MeshNames {
  const { snapshot } = manifests ?? {};
  const isNamed = given.meshName !== usualNames.meshName || given.osmNamespace !== usualNames.osmNamespace;
  if (!snapshot || isNamed || given.isPlaceNamed === true) return given;
  return { meshName: snapshot.meshName, osmNamespace: snapshot.osmNamespace };
}

function notesOn(manifests: Manifests | undefined): string[] {
  const gaps = manifests?.snapshot?.gaps.map(({ message }) => message) ?? [];
  return [...skippedIn(manifests), ...new Set(gaps)];
}

function skippedIn(manifests: Manifests | undefined): string[] {
  if (!manifests || manifests.skipped.size === 0) return [];
  const kinds = [...manifests.skipped];
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const list = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [`skipped ${total} object${total === 1 ? '' : 's'} of other kinds: ${list}`];
}
