import { ClusterError } from '../errors.js';
import { apiVersionOf, comesWithIstio, comesWithOsm, qualifiedPlural } from '../resources/kinds.js';
import type { ResourceKind } from '../resources/kinds.js';

/** The API server does not serve a kind, most often because OSM's CRD is not installed. */
export class MissingKindError extends ClusterError {
  constructor(
    readonly kind: ResourceKind,
    /** The versions of the kind's group that the server does have; empty when it has none. */
    readonly servedVersions: readonly string[],
    options?: ErrorOptions,
  ) {
    const others = servedVersions.filter((version) => version !== kind.version);
    const wrongVersion = others.length > 0 && others.length === servedVersions.length;
    super(
      `the cluster does not know the kind ${kind.kind} (${apiVersionOf(kind)}): ` +
        (wrongVersion
          ? `it serves ${kind.group} only as ${others.join(', ')}`
          : comesWithOsm(kind) || comesWithIstio(kind)
            ? `the CRD ${qualifiedPlural(kind)} is not installed`
            : 'this API is not there'),
      wrongVersion
        ? comesWithIstio(kind)
          ? 'bring Istio on the cluster to 1.22 or newer'
          : 'bring OSM on the cluster to v1.2'
        : comesWithIstio(kind)
          ? `install Istio, which brings it; then check: kubectl get crd ${qualifiedPlural(kind)}`
          : comesWithOsm(kind)
            ? `install OSM, which brings it; then check: kubectl get crd ${qualifiedPlural(kind)}`
            : 'check that the kubeconfig\'s "server" is a Kubernetes API server, and its version',
      404,
      options,
    );
  }
}

/** Is it a refusal of this status? */
export function hasStatus(error: unknown, status: number): error is ClusterError {
  return error instanceof ClusterError && error.status === status;
}

/** True when the server says that the object is not there; false when its whole kind is not. */
export function isNotFound(error: unknown): error is ClusterError & { readonly status: 404 } {
  return hasStatus(error, 404) && !(error instanceof MissingKindError);
}

/** True when the user may not do what was asked. */
export function isForbidden(error: unknown): error is ClusterError & { readonly status: 403 } {
  return hasStatus(error, 403);
}

/** True when the object exists already, has changed in between, or has fields that another field manager owns. */
export function isConflict(error: unknown): error is ClusterError & { readonly status: 409 } {
  return hasStatus(error, 409);
}
