import { ClusterError } from '../../errors.js';
import { kinds, qualifiedName } from '../../resources/kinds.js';
import type { KubernetesObject } from '../../resources/types.js';
import { valueAt } from '../../text/plain-data.js';
import { RefusedError } from '../errors.js';

/**
 * What a root certificate is used for (osm-cli §16.2): `active` ones sign and validate, `passive` ones only validate, `inactive`
 * ones do neither.
 */
export type Role = 'active' | 'passive' | 'inactive';

const ROLES: readonly Role[] = ['active', 'passive', 'inactive'];

/** A MeshRootCertificate of the archived main branch, as it is in the cluster. */
export type RootCertificate = KubernetesObject;

/** @returns undefined for one of v1.2.4, which has no roles, and for a role that is not known */
export function roleOf(certificate: RootCertificate): Role | undefined {
  const role = valueAt(certificate, ['spec', 'role']);
  return ROLES.find((known) => known === role);
}

/** One change of a role. */
export interface Step {
  readonly of: 'old' | 'new';
  readonly from: Role;
  readonly to: Role;
  /** How many certificates the mesh has in use afterwards. */
  readonly inUse: number;
}

/** The way of the mirrored program: at no time is there a certificate that one side signs with and the other does not know. */
const STEPS: readonly Step[] = [
  { of: 'new', from: 'inactive', to: 'passive', inUse: 2 },
  { of: 'new', from: 'passive', to: 'active', inUse: 2 },
  { of: 'old', from: 'active', to: 'passive', inUse: 2 },
  { of: 'old', from: 'passive', to: 'inactive', inUse: 1 },
];

/** Where a rotation begins, or goes on. */
export interface Standing {
  readonly old: RootCertificate;
  /** Undefined: still to be made. */
  readonly next: RootCertificate | undefined;
  readonly steps: readonly Step[];
}

/**
 * Finds out where a rotation is.
 * @param all the MeshRootCertificates of the control plane's namespace
 * @param chosen name of the one that is to take over, halfway or not; undefined: one that is still to be made
 * @returns undefined when the chosen one is the only one in use already
 * @throws RefusedError when the roles are not those of a rotation, ClusterError when the chosen one is not there
 */
export function standingOf(all: readonly RootCertificate[], chosen?: string): Standing | undefined {
  for (const each of all) requireRole(each);
  const next = chosen === undefined ? undefined : find(all, chosen);
  const others = all.filter((each) => each !== next && roleOf(each) !== 'inactive');
  const [old, more] = others;
  if (next && roleOf(next) === 'active' && old === undefined) return undefined;
  if (!old || (roleOf(old) !== 'active' && (!next || roleOf(next) !== 'active')))
    throw new RefusedError(
      `there is no active MeshRootCertificate${tell(all)}`,
      'set spec.role of the one that signs to active',
    );
  if (more) throw severalInUse(all, others);
  const done = next ? stepsDone(roleOf(old)!, roleOf(next)!) : 0;
  return { old, next, steps: STEPS.slice(done) };
}

/** How many steps have been done already. @throws RefusedError */
function stepsDone(old: Role, next: Role): number {
  if (next === 'inactive') return 0;
  if (next === 'passive') return 1;
  return old === 'active' ? 2 : 3;
}

function requireRole(certificate: RootCertificate): void {
  if (roleOf(certificate) !== undefined) return;
  const role = valueAt(certificate, ['spec', 'role']);
  const name = nameOf(certificate);
  if (role === undefined)
    throw new RefusedError(
      `${name} has no spec.role: this control plane is older than rotation`,
      'only that of the archived main branch rotates; with v1.2.4, delete the Secret of the root certificate and restart the control plane and all pods',
    );
  throw new RefusedError(`${name} has a role that is not known: ${JSON.stringify(role)}`, `it is ${ROLES.join(', ')}`);
}

function find(all: readonly RootCertificate[], name: string): RootCertificate {
  const found = all.find(({ metadata }) => metadata.name === name);
  if (found) return found;
  throw new ClusterError(
    `there is no MeshRootCertificate ${name}${tell(all)}`,
    'name one with -c, or leave it out for a new one',
    404,
  );
}

function severalInUse(all: readonly RootCertificate[], inUse: readonly RootCertificate[]): RefusedError {
  const [first] = inUse;
  return new RefusedError(
    `a root certificate can only be rotated where one is in use${tell(all)}`,
    `if a rotation was broken off, go on with it, naming the one that is to stay: -c ${first!.metadata.name}`,
  );
}

/** `: a is active, b is inactive` */
function tell(all: readonly RootCertificate[]): string {
  return all.length === 0
    ? ''
    : `: ${all.map((each) => `${each.metadata.name} is ${roleOf(each) ?? 'without role'}`).join(', ')}`;
}

/** As kubectl names it. */
export function nameOf({ metadata }: RootCertificate): string {
  return qualifiedName(kinds.MeshRootCertificate, metadata.name);
}
