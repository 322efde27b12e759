import { proxyAuthSchemes, type CurlSettings, type ProxyAuthScheme } from './curl-settings.js';
import { curlVersion, hasBody } from './http-request.js';
import {
  isWithoutProxy,
  parseProxy,
  proxyAuthorization,
  proxyReason,
  proxyVariable,
  throughProxy,
  type Proxy,
} from './proxy.js';
import type { Target } from './types.js';

/** Variables that the command line sets. */
export type Environment = ReadonlyMap<string, string>;

/** curl's request, by way of the proxy that its options or its environment name. @param scheme of the URL */
export function applyProxy(target: Target, scheme: string, settings: CurlSettings, env: Environment): Target {
  const named = proxyOf(scheme, settings, env);
  const exceptions = settings.noProxy ?? env.get('no_proxy') ?? env.get('NO_PROXY');
  if (!named || isWithoutProxy(target.host, exceptions)) return target;
  const { proxy, scheme: auth, spelling } = named;
  const isOther = scheme === 'ftp' || scheme === 'ftps';
  if (!proxy || isOther || target.proxyHeader) {
    return { ...target, notModelled: [...target.notModelled, proxyReason(...spelling)] };
  }
  const sent = throughProxy(target, proxy, {
    tunnel: settings.proxyTunnel,
    oldHttp: settings.proxy?.option === 'proxy1.0',
    alpn: settings.alpn && scheme === 'https' ? [settings.httpVersion === '1.0' ? 'http/1.0' : 'http/1.1'] : [],
    userAgent: settings.userAgent === '' ? undefined : (settings.userAgent ?? `curl/${curlVersion}`),
    headers: settings.proxyHeaders,
    requestTarget: settings.requestTarget,
    resolve: settings.resolve,
    connectTo: settings.connectTo,
    family: settings.family,
  });
  if (auth === undefined || auth === 'anyauth') return sent;
  // seen: it asks before it sends a body, which would be in vain
  const isTold = auth === 'digest' && (sent.throughProxy!.asked !== 'absolute' || !hasBody(settings));
  if (isTold || sent.throughProxy!.asked === 'socks') return sent;
  const reason = `--proxy-${auth}: what is sent first with this authentication is not modelled`;
  return { ...sent, notModelled: [...sent.notModelled, reason] };
}

interface NamedProxy {
  /** undefined when its text makes no sense */
  readonly proxy: Proxy | undefined;
  /** How credentials are shown, where there are any and it is not Basic: then nothing is shown before the proxy asks. */
  readonly scheme?: ProxyAuthScheme | undefined;
  readonly spelling: [option: string, text: string];
}

/** The proxy that counts, and how it was named. */
function proxyOf(
  scheme: string,
  { proxy, preProxy, proxyUser, proxyAuthSchemes: schemes }: CurlSettings,
  env: Environment,
): NamedProxy | undefined {
  // what leads to the proxy comes first
  if (preProxy) {
    const read = preProxy.startsWith('socks') ? parseProxy(preProxy) : undefined;
    return { proxy: read, spelling: ['--preproxy', preProxy] };
  }
  // an empty one overrules the environment
  const variable = proxy ? undefined : proxyVariable(scheme, env);
  const text = proxy?.text ?? variable?.value;
  if (!text) return undefined;
  const usual = proxy?.option.startsWith('socks4') ? 'socks4' : proxy?.option.startsWith('socks5') ? 'socks5' : 'http';
  const read = parseProxy(text, 1080, usual);
  // those of the URL win
  const authorization = read?.authorization ?? proxyAuthorization(proxyUser ?? undefined);
  const spelling: [string, string] = variable ? [`${variable.name}`, text] : [`--${proxy!.option}`, text];
  const other = authorization === undefined ? undefined : proxyAuthSchemes.find((one) => schemes.has(one));
  return { proxy: read && { ...read, authorization: other ? undefined : authorization }, scheme: other, spelling };
}
