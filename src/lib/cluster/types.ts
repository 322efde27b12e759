import type { KubernetesObject } from '../resources/types.js';
import type { ResourceKind } from '../resources/kinds.js';
import type { Tunnel } from './tunnel.js';

/** How to find the cluster. Absent fields follow `kubectl`'s rules (toolchain §4). */
export interface ClusterOptions {
  /** `--kubeconfig`: this one file, which must exist; otherwise `KUBECONFIG`, `~/.kube/config`, the pod's own account. */
  kubeconfig?: string | undefined;
  /** `--context` */
  context?: string | undefined;
  /** `--namespace`: replaces the context's namespace as `defaultNamespace`. */
  namespace?: string | undefined;
  /** Limit for one call with its retries, in seconds; default 30, 0 for none. A list has this limit for each page. */
  timeoutSeconds?: number | undefined;
  /** Gets a line for each request, and for each decision on the way to the cluster. Never a secret. */
  verbose?: ((line: string) => void) | undefined;
  /** Gets the notes that a person should see, such as a warning of the API server about what was written. */
  warn?: ((line: string) => void) | undefined;
  /** Ends all requests under way, and makes new ones fail, once aborted. */
  signal?: AbortSignal | undefined;
  /** Default `process.env`. */
  env?: NodeJS.ProcessEnv | undefined;
}

/** Names one object. For a namespaced kind without `namespace` the cluster's `defaultNamespace` counts. */
export interface ResourceRef<T extends KubernetesObject = KubernetesObject> {
  readonly kind: ResourceKind<T>;
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface ListQuery {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  /** Kubernetes' notation: `app=osm-controller,meshName`. */
  labelSelector?: string | undefined;
  /** Kubernetes' notation: `metadata.name=x`. */
  fieldSelector?: string | undefined;
  /** Objects asked for at a time; default 500. */
  pageSize?: number | undefined;
  /** Called after each page with the number of objects received so far. */
  onPage?: ((received: number) => void) | undefined;
  /** Ends the list, besides `ClusterOptions.signal`. */
  signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  /** The server checks and answers as if, and stores nothing (`--dry-run=server`). */
  dryRun?: boolean | undefined;
  /** Default `osm-ts`. */
  fieldManager?: string | undefined;
  /** The write is refused with 409 unless the object still has this version. */
  resourceVersion?: string | undefined;
  /** What the server does with fields that the kind does not have; default `Strict`: refuses with 422 (400 for some kinds). */
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes over fields that another field manager owns, instead of failing with 409. */
  force?: boolean | undefined;
}

export interface DeleteOptions {
  dryRun?: boolean | undefined;
  /** The object is deleted only if it still has this version; otherwise 409. */
  resourceVersion?: string | undefined;
  /** Default `Background`. */
  propagation?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

export type PatchKind = 'merge' | 'strategic' | 'json';

/** One operation of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** Body of a patch: an object for `merge` and `strategic` (null removes a field), a list of operations for `json`. */
export type PatchBody = Readonly<Record<string, unknown>> | readonly JsonPatchOperation[];

/** What a write did to an object that may have been there before, in the words that `kubectl apply` prints. */
export type Change = 'created' | 'configured' | 'unchanged';

export interface ApplyResult<T extends KubernetesObject> {
  readonly object: T;
  readonly change: Change;
}

/**
 * A connection to one cluster, as one user. Objects are the server's JSON, untouched: unknown fields stay, timestamps
 * are strings. Every method throws `ClusterError` (exit code 3) that says what was refused and what to do about it.
 */
export interface Cluster {
  /** URL of the API server. */
  readonly server: string;
  /** Name of the kubeconfig context; null inside a pod. */
  readonly context: string | null;
  /** `ClusterOptions.namespace`, else the context's (in a pod: the ServiceAccount's), else `default`. */
  readonly defaultNamespace: string;

  /** Throws a `ClusterError` of status 404 when the object is not there; a `MissingKindError` when its kind is not. */
  get<T extends KubernetesObject>(ref: ResourceRef<T>, signal?: AbortSignal): Promise<T>;
  /** As `get`, but undefined when the object is not there. A kind that is not there is still an error. */
  find<T extends KubernetesObject>(ref: ResourceRef<T>): Promise<T | undefined>;
  /** All objects, read page by page, in the server's order (namespace, then name). */
  list<T extends KubernetesObject>(kind: ResourceKind<T>, query?: ListQuery): Promise<T[]>;
  /** Throws a `ClusterError` of status 409 when the object exists. */
  create<T extends KubernetesObject>(object: T, options?: WriteOptions): Promise<T>;
  /** Resolves to the object as it is after the patch. */
  patch<T extends KubernetesObject>(
    ref: ResourceRef<T>,
    kind: PatchKind,
    body: PatchBody,
    options?: WriteOptions,
  ): Promise<T>;
  /** Server-side apply: the object's fields become ours and get these values; other fields stay. */
  apply<T extends KubernetesObject>(object: T, options?: ApplyOptions): Promise<ApplyResult<T>>;
  /** Throws a `ClusterError` of status 404 when the object is not there. */
  delete(ref: ResourceRef, options?: DeleteOptions): Promise<void>;
  /**
   * Body of a GET that does not answer with an object, such as `/version`, a pod's log or its proxy.
   * `path` starts with `/` and is already encoded; it may carry a query.
   */
  getText(path: string): Promise<string>;
  /** Port-forward, exec and logs of pods; what they need is loaded only now. */
  tunnel(): Promise<Tunnel>;
}
