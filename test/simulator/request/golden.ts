/** One recorded command line. */
export interface GoldenCase {
  /** The words after `curl`. */
  readonly args: readonly string[];
  /** curl's exit code. */
  readonly exit: number;
  /** Name or address and port of the first connection; absent when curl made none. */
  readonly to?: string;
  readonly tls?: { readonly sni: string | null; readonly alpn: readonly string[] };
  /** Request line and headers, or HTTP/2 pseudo-headers and headers, a line each. */
  readonly wire?: string;
}

export interface CurlGolden {
  /** First line of `curl --version`. */
  readonly curl: string;
  /** What `curl --help all` lists: `-H --header VALUE`, `--compressed`, … */
  readonly options: readonly string[];
  readonly groups: Record<string, readonly GoldenCase[]>;
}
