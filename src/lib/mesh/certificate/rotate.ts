import { setTimeout as sleep } from 'node:timers/promises';

import { isConflict, isForbidden } from '../../cluster/errors.js';
import type { Cluster } from '../../cluster/types.js';
import type { ChangeOutcome, DryRun } from '../../changes/change.js';
import { ClusterError, InterruptedError } from '../../errors.js';
import { contextText } from '../../input/connection.js';
import { listMeshes } from '../../input/control-planes.js';
import { usualNames } from '../../input/mesh-names.js';
import type { Reporter } from '../../reporter.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import { valueAt } from '../../text/plain-data.js';
import { RefusedError } from '../errors.js';
import { getMeshConfig, type MeshConfigRef } from '../meshconfig/service.js';
import { deleted } from '../uninstall/carry-out.js';
import type { Remain } from '../uninstall/remains.js';
import { laggingSigns } from './propagation.js';
import { nameOf, roleOf, standingOf, type RootCertificate, type Role, type Standing, type Step } from './roles.js';
import { generated, secretOf } from './successor.js';

export interface RotateRequest {
  readonly mesh: string;
  /** Of the control plane, whose namespace counts. */
  readonly config: MeshConfigRef;
  /** Of the new certificate; undefined: as before. */
  readonly trustDomain: string | undefined;
  /** A manifest of the new certificate. */
  readonly file: string | undefined;
  /** Name of the new certificate, which is in the cluster, or halfway through a rotation. */
  readonly chosen: string | undefined;
  readonly deleteOld: boolean;
  /** After each change of a role, for the sidecars to hear of it. */
  readonly pauseMs: number;
  readonly dryRun: DryRun;
}

export interface RotateSurroundings {
  readonly report: Reporter;
  readonly signal: AbortSignal;
  /** @param plan what is going to be done, in sentences. Resolves to false when it is not to be done. */
  readonly confirm: (plan: readonly string[]) => Promise<boolean>;
}

const kind = kinds.MeshRootCertificate;
const plain = { kind, changes: [], notes: [], warnings: [] } as const;

/**
 * Rotates the root certificate of a mesh (osm-cli §16.2): the new one is first known, then signed with, then the old one is only known,
 * then not even that. After each change the mesh gets a pause, and what shows that the control plane has not followed ends the rotation.
 * @throws RefusedError, ClusterError, InputError before anything is changed; ClusterError and InterruptedError in between, both
 *   saying what is in use, and how to go on
 */
export async function* rotateRootCertificate(
  cluster: Cluster,
  request: RotateRequest,
  { report, signal, confirm }: RotateSurroundings,
): AsyncGenerator<ChangeOutcome> {
  const { mesh, dryRun, pauseMs, deleteOld } = request;
  const namespace = await placeOf(cluster, request);
  await requireMeshAt(cluster, mesh, namespace, report);
  const all = await cluster.list<RootCertificate>(kind, { namespace });
  const standing = standingOf(all, request.chosen);
  if (!standing) {
    const name = request.chosen!;
    const notes = ['it is the only one in use; an old one that is inactive can be deleted with kubectl'];
    yield { ...plain, name, namespace, result: 'unchanged', line: `${qualifiedName(kind, name)} unchanged`, notes };
    return;
  }
  const { old, steps } = standing;
  const next = standing.next ?? (await made(request, all, standing, namespace));
  const isNew = standing.next === undefined;
  const spared = deleteOld ? sparedSecret(all, old) : undefined;
  const plan = planOf({ old, next, isNew, steps, pauseMs, deleteOld });
  if (dryRun === 'none') {
    refuseLagging(
      await laggingSigns(cluster, namespace, before(steps), secretInUse(standing), report.verbose.bind(report)),
    );
    if (!(await confirm(plan.map((line) => `${contextText(cluster)}, namespace ${namespace}: ${line}`))))
      return report.note('nothing is changed');
  }
  if (isNew) yield await create(cluster, next, dryRun);
  const now: Record<Step['of'], Role> = { old: roleOf(old)!, new: roleOf(next) ?? 'inactive' };
  const state = (): string => `${nameOf(old)} is ${now.old}, and ${nameOf(next)}, which is to take over, is ${now.new}`;
  const goOn = `go on with it: osm-ts alpha certificate rotate -c ${next.metadata.name} --osm-namespace ${namespace}${mesh === usualNames.meshName ? '' : ` --mesh-name ${mesh}`}${deleteOld ? ' -d' : ''}`;
  const stopIfAsked = (): void => {
    if (signal.aborted) throw new InterruptedError(`interrupted: ${state()}`, goOn);
  };
  for (const step of steps) {
    stopIfAsked();
    const certificate = step.of === 'old' ? old : next;
    yield await turn(cluster, certificate, step, dryRun, { isThere: !(isNew && step.of === 'new') }).catch(
      stopped(state(), goOn),
    );
    now[step.of] = step.to;
    if (dryRun !== 'none') continue;
    await pause(pauseMs, `for the mesh to follow: ${nameOf(certificate)} is ${step.to}`, report, signal);
    stopIfAsked();
    const secret = step.of === 'new' ? secretOf(next) : undefined;
    const signs = await laggingSigns(cluster, namespace, step, secret, report.verbose.bind(report));
    if (signs.length > 0)
      throw new ClusterError(
        `the control plane has not followed in ${pauseMs / 1000} s: ${signs.join('; ')}`,
        `the rotation stops here: ${state()}\nlook at the logs of osm-controller in namespace ${namespace}; when it has followed, ${goOn}`,
      );
  }
  if (deleteOld) yield* removeOld(cluster, old, spared, dryRun);
  const line = `OSM successfully rotated root certificate for mesh [${mesh}] in namespace [${namespace}]`;
  yield {
    ...plain,
    name: next.metadata.name,
    namespace,
    result: 'rotated',
    line,
    notes: dryRun === 'none' ? [unseen] : [],
  };
}

/** Envoy's admin interface does not say who issued a certificate, only since when it is valid. */
const unseen =
  'sidecars were not asked for their certificates, and Envoy does not say who issued them; since when one is valid, in "valid_from": ' +
  'osm-ts proxy get certs POD -n NAMESPACE';

/** The namespace of the control plane, whose MeshConfig has to say that it uses MeshRootCertificates. @throws RefusedError, ClusterError */
async function placeOf(cluster: Cluster, { config: ref }: RotateRequest): Promise<string> {
  const config = await getMeshConfig(cluster, ref);
  const place = config.metadata.namespace ?? ref.namespace;
  if (valueAt(config, ['spec', 'featureFlags', 'enableMeshRootCertificate']) === true) return place;
  const patch = `{"spec":{"featureFlags":{"enableMeshRootCertificate":true}}}`;
  throw new RefusedError(
    `the MeshConfig must have enableMeshRootCertificate set to true, and ${place}/${ref.name} has not`,
    `switch it on, and restart the control plane, which only then hears of it:\n` +
      `kubectl patch meshconfig ${ref.name} -n ${place} --type merge -p '${patch}'\n` +
      `kubectl rollout restart deployment osm-controller osm-injector osm-bootstrap -n ${place}`,
  );
}

/** Whoever names a mesh means that one, and no other that happens to be there. @throws RefusedError */
async function requireMeshAt(cluster: Cluster, mesh: string, namespace: string, report: Reporter): Promise<void> {
  const all = await listMeshes(cluster).catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    report.verbose(`which mesh is in namespace ${namespace} is not known: ${error.message}`);
    return [];
  });
  const here = all.filter((each) => each.namespace === namespace).map(({ name }) => name);
  if (here.length === 0 || here.includes(mesh)) return;
  throw new RefusedError(
    `the mesh in namespace ${namespace} is [${here.join('], [')}], not [${mesh}]`,
    `name it with --mesh-name ${here[0]}, or its namespace with --osm-namespace`,
  );
}

async function made(
  { file, trustDomain }: RotateRequest,
  all: readonly RootCertificate[],
  { old }: Standing,
  namespace: string,
): Promise<RootCertificate> {
  if (file === undefined) return generated(old, trustDomain);
  const { fromFile } = await import('./manifest.js');
  const read = await fromFile(file, namespace);
  if (!all.some(({ metadata }) => metadata.name === read.metadata.name)) return read;
  throw new RefusedError(
    `${nameOf(read)} is there already`,
    `use it as it is: -c ${read.metadata.name}; or give the one in ${file} another name`,
  );
}

/** What holds before the first step of those that are left. */
function before([first]: readonly Step[]): Pick<Step, 'inUse'> {
  return { inUse: first?.of === 'new' && first.from === 'inactive' ? 1 : 2 };
}

function secretInUse({ next }: Standing): ReturnType<typeof secretOf> {
  return next && roleOf(next) !== 'inactive' ? secretOf(next) : undefined;
}

function refuseLagging(signs: readonly string[]): void {
  if (signs.length === 0) return;
  throw new RefusedError(
    `the control plane is not ready for a rotation: ${signs.join('; ')}`,
    'nothing is changed; look at it with osm-ts verify control-plane-health',
  );
}

interface Plan {
  readonly old: RootCertificate;
  readonly next: RootCertificate;
  readonly isNew: boolean;
  readonly steps: readonly Step[];
  readonly pauseMs: number;
  readonly deleteOld: boolean;
}

function planOf({ old, next, isNew, steps, pauseMs, deleteOld }: Plan): string[] {
  const secret = secretOf(old);
  return [
    ...(isNew ? [`create ${nameOf(next)}`] : []),
    ...steps.map(
      ({ of, from, to }) => `${nameOf(of === 'old' ? old : next)}: ${from} → ${to}, then wait for ${pauseMs / 1000} s`,
    ),
    ...(deleteOld
      ? [`delete ${nameOf(old)}${secret ? ` and its Secret ${secret.namespace}/${secret.name}` : ''}`]
      : []),
  ];
}

async function create(cluster: Cluster, next: RootCertificate, dryRun: DryRun): Promise<ChangeOutcome> {
  const { name, namespace } = next.metadata;
  if (dryRun !== 'client') await cluster.create(next, { dryRun: dryRun === 'server' });
  return { ...plain, name, namespace, result: 'created', line: `${nameOf(next)} created` };
}

/** Changes a role, unless somebody else has changed it. @throws ClusterError */
async function turn(
  cluster: Cluster,
  { metadata: { name, namespace } }: RootCertificate,
  { from, to }: Step,
  dryRun: DryRun,
  { isThere }: { readonly isThere: boolean },
): Promise<ChangeOutcome> {
  const patch = { spec: { role: to } };
  // What a dry run has not created cannot be patched, and what it has not patched still has its first role.
  if (dryRun === 'none' || (dryRun === 'server' && isThere)) {
    const found = await cluster.get<RootCertificate>({ kind, name, namespace });
    if (dryRun === 'none' && roleOf(found) !== from)
      throw new ClusterError(
        `${nameOf(found)} is ${roleOf(found) ?? 'without role'} and was ${from}: somebody else has changed it`,
        undefined,
        409,
      );
    const { resourceVersion } = found.metadata;
    await cluster.patch({ kind, name, namespace }, 'merge', patch, {
      dryRun: dryRun === 'server',
      ...(dryRun === 'none' && { resourceVersion }),
    });
  }
  const changes = [{ path: ['spec', 'role'], from, to }];
  const line = `${qualifiedName(kind, name)} is now ${to}`;
  return { ...plain, name, namespace, result: 'patched', line, changes, patch };
}

/** Says with an error in between what state is left. */
function stopped(state: string, goOn: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ClusterError)) throw error;
    const hints = [...(error.hint === undefined ? [] : [error.hint]), `the rotation stops here: ${state}`, goOn];
    const message = isConflict(error) ? error.message : `Failed to change a role: ${error.message}`;
    throw new ClusterError(message, hints.join('\n'), error.status, { cause: error });
  };
}

/** Waits, telling how long. Ends early when somebody wants an end. */
async function pause(ms: number, text: string, report: Reporter, signal: AbortSignal): Promise<void> {
  const end = Date.now() + ms;
  for (let left = ms; left > 0 && !signal.aborted; left = end - Date.now()) {
    report.progress(`waiting ${text} (${Math.ceil(left / 1000)} s left)`);
    await sleep(Math.min(left, 1000), undefined, { signal }).catch(() => undefined);
  }
  report.progress(null);
}

/** The Secret of the old certificate, which another certificate needs, too. */
function sparedSecret(all: readonly RootCertificate[], old: RootCertificate): string | undefined {
  const secret = secretOf(old);
  const other = all.find((each) => {
    const own = each === old ? undefined : secretOf(each);
    return own?.name === secret?.name && own?.namespace === secret?.namespace;
  });
  return secret && other && `Secret ${secret.namespace}/${secret.name} stays: ${nameOf(other)} has the same`;
}

async function* removeOld(
  cluster: Cluster,
  old: RootCertificate,
  spared: string | undefined,
  dryRun: DryRun,
): AsyncGenerator<ChangeOutcome> {
  const secret = secretOf(old);
  const remove = (ref: Remain): Promise<ChangeOutcome> => {
    const text = qualifiedName(ref.kind, ref.name);
    const lines = { found: `${text} deleted`, absent: `${text} is gone already` };
    return deleted(cluster, ref, dryRun, lines, `the root certificate is rotated, but ${text} could not be deleted`);
  };
  const { name, namespace } = old.metadata;
  const done = await remove({ kind, name, namespace });
  yield spared === undefined ? done : { ...done, notes: [spared] };
  if (secret && spared === undefined) yield await remove({ kind: kinds.Secret, ...secret });
}
