import { addressGroups, cidrContains } from '../../text/ip.js';

/**
 * The proxy that the environment names for a server, by the rules of Go's `net/http`, and so of `kubectl`:
 * HTTPS_PROXY for https, HTTP_PROXY for http, upper case before lower case; never for loopback; not for hosts in
 * NO_PROXY (names with their subdomains, `.suffix`, addresses, CIDRs, each with an optional port, or `*`).
 * @returns the proxy's URL as given (a missing scheme means http), undefined for a direct connection
 */
export function proxyFromEnvironment(server: URL, env: NodeJS.ProcessEnv): string | undefined {
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy) return undefined;
  const host = server.hostname.replace(/[[\]]/g, '');
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (isLoopback(host)) return undefined;
  const exceptions = (env['NO_PROXY'] || env['no_proxy'] || '').split(',').map((item) => item.trim().toLowerCase());
  if (exceptions.some((exception) => excludes(exception, host, port))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || cidrContains('127.0.0.0/8', host);
}

function excludes(exception: string, host: string, port: string): boolean {
  if (exception === '') return false;
  if (exception === '*') return true;
  if (exception.includes('/')) return cidrContains(exception, host);
  const withPort = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(exception);
  if (withPort && withPort[3] !== port) return false;
  const name = withPort?.[1] ?? withPort?.[2] ?? exception;
  const wanted = addressGroups(host);
  if (wanted) return String(addressGroups(name)) === String(wanted);
  // `.example.com` and `*.example.com` leave example.com itself out; `example.com` takes it in.
  const suffix = name.replace(/^\*\./, '.');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}
