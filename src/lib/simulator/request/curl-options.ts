/** The option table of curl 7.88: names, arguments, and what each option means for the request. */

import { closest } from '../../text/closest.js';

/**
 * How an option is written: `flag` (a switch, with a `--no-` form), `once` (a switch without one), `file` and `text`
 * (any argument), or a kind of argument that curl checks (see curl-arguments.ts).
 */
export type ArgumentKind =
  | 'flag'
  | 'once'
  | 'text'
  | 'file'
  | 'integer'
  | 'count'
  | 'seconds'
  | 'size'
  | 'octal'
  | 'offset'
  | 'port-range'
  | 'rate'
  | 'tls-version'
  | 'md5'
  | 'protocols'
  | 'protocol'
  | 'range'
  | 'srp';

/**
 * What an option does: `silent` changes nothing that Envoy sees in the first request, `modelled` is handled in
 * curl-settings.ts, `no-request` makes curl do something else, the others are reasons why the verdict is unknown.
 */
export type OptionEffect = 'silent' | 'modelled' | 'no-request' | { readonly notModelled: string };

export interface CurlOption {
  /** Long name without dashes, as written in `curl --help`; negatable ones without their `no-`. */
  readonly name: string;
  /** The single letter, or empty. */
  readonly letter: string;
  readonly kind: ArgumentKind;
  readonly effect: OptionEffect;
}

/** One option a word: name, then `,letter`, then `=kind` (default: flag). */
const silent = `
  append,a buffer,N cacert=file cert,E=file capath=file cert-status cert-type=text ciphers=text clobber
  compressed-ssh connect-timeout=seconds cookie-jar,c=text create-dirs create-file-mode=octal crlf crlfile=file
  curves=text delegation=text disable,q disable-eprt disable-epsv doh-cert-status doh-insecure dump-header,D=file
  egd-file=text eprt epsv etag-save=file expect100-timeout=seconds fail-early false-start ftp-account=text
  ftp-alternative-to-user=text ftp-create-dirs ftp-method=text ftp-pasv ftp-port,P=text ftp-pret ftp-skip-pasv-ip
  ftp-ssl ftp-ssl-ccc ftp-ssl-ccc-mode=text ftp-ssl-control ftp-ssl-reqd happy-eyeballs-timeout-ms=count
  hostpubmd5=md5 hostpubsha256=text http0.9 ignore-content-length insecure,k junk-session-cookies,j keepalive
  keepalive-time=count key=file key-type=text krb=text krb4=text libcurl=text limit-rate=size list-only,l
  local-port=port-range location,L location-trusted login-options=text mail-auth=text mail-from=text mail-rcpt=text
  mail-rcpt-allowfails max-filesize=size max-redirs=integer max-time,m=seconds npn output-dir=text parallel,Z
  parallel-immediate parallel-max=count pass=text pinnedpubkey=text post301 post302 post303 progress-bar,#
  progress-meter proto-redir=protocols proxy-basic proxy-cacert=file proxy-capath=file proxy-cert=file
  proxy-cert-type=text proxy-ciphers=text proxy-crlfile=file proxy-insecure
  proxy-key=file proxy-key-type=text proxy-pass=text proxy-pinnedpubkey=text
  proxy-service-name=text proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tls13-ciphers=text
  proxy-tlsauthtype=srp proxy-tlspassword=text proxy-tlsuser=text proxy-tlsv1=once
  pubkey=text quote,Q=text random-file=file rate=rate raw remote-time,R remove-on-error retry=count
  retry-all-errors retry-connrefused retry-delay=count retry-max-time=count sasl-authzid=text sasl-ir
  service-name=text sessionid show-error,S silent,s socks5-basic socks5-gssapi socks5-gssapi-nec
  socks5-gssapi-service=text speed-limit,Y=count speed-time,y=count ssl ssl-allow-beast ssl-auto-client-cert
  ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2,2=once sslv3,3=once stderr=file styled-output
  suppress-connect-headers tcp-fastopen tcp-nodelay telnet-option,t=text test-event tftp-blksize=count
  tftp-no-options tls-max=tls-version tls13-ciphers=text tlsauthtype=srp tlspassword=text tlsuser=text
  tlsv1,1=once tlsv1.0=once tlsv1.1=once tlsv1.2=once tlsv1.3=once trace=file trace-ascii=file trace-time
  use-ascii,B verbose,v write-out,w=text xattr`;

const modelled = `
  alpn anyauth basic compressed config,K=file connect-to=text continue-at,C=offset cookie,b=text data,d=text
  data-ascii=text data-binary=text data-raw=text data-urlencode=text digest disallow-username-in-url
  engine=text etag-compare=file fail,f fail-with-body form,F=text form-escape form-string=text get,G globoff,g head,I
  header,H=text http1.0,0=once http1.1=once http2=once http2-prior-knowledge=once include,i ipv4,4=once ipv6,6=once
  json=text negotiate netrc,n netrc-file=file netrc-optional next,:=once noproxy=text ntlm ntlm-wb
  oauth2-bearer=text output,o=file path-as-is preproxy=text proto=protocols proto-default=protocol proxy,x=text
  proxy-anyauth proxy-digest proxy-header=text proxy-negotiate proxy-ntlm proxy-user,U=text proxytunnel,p proxy1.0=text
  range,r=range referer,e=text remote-header-name,J remote-name,O remote-name-all request,X=text
  request-target=text resolve=text socks4=text socks4a=text socks5=text socks5-hostname=text time-cond,z=text
  tr-encoding upload-file,T=file url=text url-query=text user,u=text user-agent,A=text
  alt-svc=text aws-sigv4=text haproxy-protocol hsts=text`;

const noRequest = 'help,h manual,M metalink version,V';

const notModelled: Readonly<Record<string, string>> = {
  'abstract-unix-socket=file': 'the request goes to a Unix socket and never to the network',
  'unix-socket=file': 'the request goes to a Unix socket and never to the network',
  'interface=text': 'the outgoing interface or address decides whether the connection is intercepted',
  'dns-interface=text': 'it changes which resolver gives the address',
  'dns-ipv4-addr=text': 'it changes which resolver gives the address',
  'dns-ipv6-addr=text': 'it changes which resolver gives the address',
  'dns-servers=text': 'it changes which resolver gives the address',
  'doh-url=text': 'the name is looked up over HTTPS, by a request that needs a way out of its own',
  'http3=once': 'HTTP/3 runs over UDP, which the mesh does not intercept; curl 7.88 of Debian refuses the option',
  'http3-only=once': 'HTTP/3 runs over UDP, which the mesh does not intercept; curl 7.88 of Debian refuses the option',
};

function parseOption(word: string, effect: OptionEffect): CurlOption {
  const [, name, letter = '', kind = 'flag'] = /([^,=]+)(?:,(.))?(?:=(.+))?/.exec(word)!;
  return { name: name!, letter, kind: kind as ArgumentKind, effect };
}

const words = (text: string): string[] => text.trim().split(/\s+/);

interface OptionTable {
  readonly all: readonly CurlOption[];
  readonly byName: ReadonlyMap<string, CurlOption>;
  readonly byLetter: ReadonlyMap<string, CurlOption>;
}

let made: OptionTable | undefined;

/** Made when the first option is looked up: most targets are a URL without any, and it takes a fortieth of a start. */
function table(): OptionTable {
  if (made) return made;
  const all = [
    ...words(silent).map((word) => parseOption(word, 'silent')),
    ...words(modelled).map((word) => parseOption(word, 'modelled')),
    ...words(noRequest).map((word) => parseOption(word, 'no-request')),
    ...Object.entries(notModelled).map(([word, reason]) => parseOption(word, { notModelled: reason })),
  ];
  const lettered = all.filter((option) => option.letter !== '');
  made = {
    all,
    byName: new Map(all.map((option) => [option.name, option])),
    byLetter: new Map(lettered.map((option) => [option.letter, option])),
  };
  return made;
}

/** Every option of curl 7.88, the undocumented aliases included. */
export function curlOptions(): readonly CurlOption[] {
  return table().all;
}

export type LongOptionMatch =
  | { readonly option: CurlOption; readonly negated: boolean }
  /** Several options that begin so. */
  | { readonly candidates: readonly string[] }
  | 'not negatable'
  | 'unknown';

/**
 * Finds a long option the way curl 7.88 does: any case, any unambiguous beginning; with `no-` in front only the whole
 * name, and only of a switch.
 * @param word what follows the two dashes
 */
export function findLongOption(word: string): LongOptionMatch {
  const lower = word.toLowerCase();
  const negated = word.startsWith('no-');
  const name = negated ? lower.slice(3) : lower;
  const exact = table().byName.get(name);
  if (negated && exact && exact.kind !== 'flag') return 'not negatable';
  const candidates = exact ? [exact] : curlOptions().filter((option) => !negated && option.name.startsWith(name));
  const [option] = candidates;
  if (!option) return 'unknown';
  if (candidates.length > 1) return { candidates: candidates.map((candidate) => `--${candidate.name}`).sort() };
  return { option, negated };
}

/** Finds a short option by its letter. */
export function findShortOption(letter: string): CurlOption | undefined {
  return table().byLetter.get(letter);
}

/** Options whose usual spelling is the negative one. */
const usuallyNegative = new Set(['alpn', 'buffer', 'clobber', 'keepalive', 'npn', 'progress-meter', 'sessionid']);

/** The documented long option nearest to a mistyped word, with its dashes; undefined when nothing is near. */
export function suggestOption(word: string): string | undefined {
  const names = curlOptions().map(({ name }) => (usuallyNegative.has(name) ? `no-${name}` : name));
  const meant = closest(word, names);
  return meant && `--${meant}`;
}
