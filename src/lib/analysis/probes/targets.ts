import {
  curlVersion,
  formatCurl,
  type HttpRequest,
  type Target,
  type TlsClientHello,
} from '../../simulator/request/index.js';

/** What a probe has in common, whatever it speaks. */
interface ProbeAddress {
  /** Name or address literal that the client is given. */
  readonly host: string;
  readonly port: number;
  /** Address literal that is dialled; absent: whatever the host resolves to. */
  readonly address?: string | undefined;
}

export interface HttpProbe extends ProbeAddress {
  /** Value of the Host header; absent: the host, with its port unless that is 80. */
  readonly authority?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  /** Besides those that curl sends. */
  readonly headers?: HttpRequest['headers'] | undefined;
  readonly version?: HttpRequest['version'] | undefined;
}

export interface TlsProbe extends ProbeAddress {
  /** null: none is sent; absent: the host, unless that is an address. */
  readonly sni?: string | null | undefined;
  readonly alpn?: readonly string[] | undefined;
}

export interface TcpProbe extends ProbeAddress {
  readonly serverFirst?: boolean | undefined;
}

/** A target made by hand: its command line is only worked out when somebody asks for it. */
class ProbeTarget implements Target {
  readonly failOnHttpError = false;
  readonly notModelled = [];
  declare readonly http?: HttpRequest;
  declare readonly tls?: TlsClientHello;

  constructor(
    readonly scheme: Target['scheme'],
    readonly host: string,
    readonly port: number,
    readonly dial: Target['dial'],
    readonly serverFirst: boolean,
    http?: HttpRequest,
    tls?: TlsClientHello,
  ) {
    if (http) this.http = http;
    if (tls) this.tls = tls;
  }

  get command(): string {
    return formatCurl(this);
  }
}

const CURL_HEADERS: HttpRequest['headers'] = [
  ['User-Agent', `curl/${curlVersion}`],
  ['Accept', '*/*'],
];
const CURL_ALPN: readonly string[] = ['h2', 'http/1.1'];

function dialOf({ host, port, address }: ProbeAddress): Target['dial'] {
  return { host: address ?? host, port };
}

function requestOf(probe: HttpProbe, defaultPort: number): HttpRequest {
  const { host, port, version = '1.1' } = probe;
  const headers = [...CURL_HEADERS, ...(probe.headers ?? [])];
  return {
    version,
    method: probe.method ?? 'GET',
    path: probe.path ?? '/',
    authority: probe.authority ?? (port === defaultPort ? host : `${host}:${port}`),
    headers: version === '2' ? headers.map(([name, value]) => [name.toLowerCase(), value] as const) : headers,
  };
}

/** Plain HTTP, as curl sends it. */
export function httpTarget(probe: HttpProbe): Target {
  return new ProbeTarget('http', probe.host, probe.port, dialOf(probe), false, requestOf(probe, 80));
}

/** HTTPS, as curl sends it; what is inside of TLS is of no account to Envoy. */
export function tlsTarget(probe: TlsProbe): Target {
  const sni = probe.sni === undefined ? probe.host.toLowerCase() : probe.sni;
  const tls = { sni, alpn: probe.alpn ?? CURL_ALPN };
  return new ProbeTarget('https', probe.host, probe.port, dialOf(probe), false, requestOf(probe, 443), tls);
}

/** Bytes of no known protocol, from the client or (`serverFirst`) from the server. */
export function tcpTarget(probe: TcpProbe): Target {
  return new ProbeTarget('tcp', probe.host, probe.port, dialOf(probe), probe.serverFirst === true);
}
