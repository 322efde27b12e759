/** A target, reduced to what decides its way through the mesh: what the client puts on the wire. */

export type HttpVersion = '1.0' | '1.1' | '2';

/** The first HTTP request on the connection. For https it travels inside TLS and Envoy never sees it. */
export interface HttpRequest {
  readonly version: HttpVersion;
  readonly method: string;
  /** Request target as sent, query included: `/get?x=1`. */
  readonly path: string;
  /** Value of the Host header or `:authority`; null when the client sends none. */
  readonly authority: string | null;
  /**
   * In the order sent, Host excluded; names as written (lower case in HTTP/2); values without surrounding
   * spaces, but for those at the end in HTTP/2.
   */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * Lower-case names of headers whose value depends on something that is not given (the size of a file, a password asked
   * for, …): `headers` holds a stand-in, unless the header may not be there at all. Absent when everything is certain.
   * Only a header match that looks at one of them is uncertain.
   */
  readonly uncertainHeaders?: readonly string[];
  /**
   * Bytes of the body where Content-Length says something else, or may do so, which HTTP/2 forbids. Absent otherwise, and in
   * HTTP/1.
   */
  readonly bodyLength?: number | 'unknown';
}

export interface TlsClientHello {
  /** Server name in lower case; null when none is sent. */
  readonly sni: string | null;
  /** In the client's order; empty when the extension is absent. */
  readonly alpn: readonly string[];
}

export interface Target {
  /** One line that a person could run or read: the command as given, or the URL. */
  readonly command: string;
  /** `tls`: TLS that carries no HTTP; `tcp`: neither. */
  readonly scheme: 'http' | 'https' | 'tcp' | 'tls' | 'udp';
  /** Host of the URL, without the brackets of an IPv6 literal. */
  readonly host: string;
  readonly port: number;
  /**
   * Where the client opens its connection: the URL's host and port unless `--resolve` or `--connect-to` say otherwise.
   * `host` is a name still to be resolved (without trailing dot), or an IP address literal. `fallbacks` are further
   * address literals of `--resolve`, tried in order when the connection to the one before is refused; absent when none.
   */
  readonly dial: {
    readonly host: string;
    readonly port: number;
    readonly fallbacks?: readonly string[];
    /** The name had a trailing dot, so that no search domain is tried for it. */
    readonly isAbsolute?: true;
  };
  /** Present for http and https. */
  readonly http?: HttpRequest;
  /** Present for https and tls. */
  readonly tls?: TlsClientHello;
  /** curl --haproxy-protocol: a line of the PROXY protocol precedes everything else. Absent when none does. */
  readonly proxyHeader?: true;
  /** tcp only: the server speaks first and the client stays silent. */
  readonly serverFirst: boolean;
  /** curl -f: a status of 400 and above becomes exit code 22. */
  readonly failOnHttpError: boolean;
  /** Options that change the request in a way that is not modelled; each says which and how. The verdict is then unknown. */
  readonly notModelled: readonly string[];
  /** Another program than curl sends it, whose exit codes nobody knows here. Absent: curl does, where it is HTTP. */
  readonly notCurl?: true;
  /**
   * The request is for a proxy, to which everything here leads: as an absolute URL, with CONNECT, or in SOCKS. What it makes of it
   * nobody knows here. Absent: there is none.
   */
  readonly throughProxy?: { readonly name: string; readonly asked: 'absolute' | 'connect' | 'socks' };
  /** What a person should keep in mind about the client; absent when there is nothing. */
  readonly remarks?: readonly string[];
  /** Who sends it, where the command line tells. */
  readonly sender?: Sender;
}

/** The client of a command line such as `kubectl exec deploy/api -n shop -c app -- curl …`. */
export interface Sender {
  /** As given with -n. */
  readonly namespace?: string;
  /** As kubectl takes it: `pod-name`, `pod/name`, `deploy/api`; undefined where a shell would have put it in. */
  readonly workload?: string;
  readonly container?: string;
  /** Which cluster it is about, as kubectl is told. */
  readonly context?: string;
  readonly kubeconfig?: string;
  /** What runs is a pod of its own under this account (`kubectl run`). */
  readonly serviceAccount?: string;
}
