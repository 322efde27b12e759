/** An exec credential plugin (client.authentication.k8s.io), as a kubeconfig describes it. */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always';
}

/** An entry of `clusters`, with its files read. */
export interface ClusterEntry {
  readonly name: string;
  /** With scheme, without a trailing slash. */
  readonly server: string;
  /** PEM certificates. */
  readonly ca?: Buffer;
  readonly insecureSkipTlsVerify: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  /** What an exec plugin with `provideClusterInfo` gets from the extension `client.authentication.k8s.io/exec`. */
  readonly execConfig?: unknown;
}

/** Headers that make the API server treat the user as another one. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** An entry of `users`, with its certificate files read. */
export interface UserEntry {
  readonly name: string;
  /** PEM. */
  readonly cert?: Buffer;
  /** PEM. */
  readonly key?: Buffer;
  readonly token?: string;
  /** Read again before requests, because it is rotated. Its content counts before `token`. */
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: ExecPlugin;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
  readonly impersonate?: Impersonation;
}

/** One way into one cluster: the outcome of reading the kubeconfig. */
export interface Access {
  /** Null inside a pod. */
  readonly context: string | null;
  readonly namespace?: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
  /** For messages: the file that holds the context, or `the pod's service account`. */
  readonly origin: string;
}
