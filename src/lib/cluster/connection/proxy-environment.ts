import { mappedIpv4, parseIpv4, parseIpv6 } from '../../text/ip.js';

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
  return host === 'localhost' || host === '::1' || toBits(host).startsWith('01111111');
}

function excludes(exception: string, host: string, port: string): boolean {
  if (exception === '') return false;
  if (exception === '*') return true;
  if (exception.includes('/')) return cidrContains(exception, host);
  const withPort = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(exception);
  if (withPort && withPort[3] !== port) return false;
  const name = withPort?.[1] ?? withPort?.[2] ?? exception;
  if (toBits(name) !== '') return toBits(name) === toBits(host);
  if (toBits(host) !== '') return false;
  // `.example.com` and `*.example.com` leave example.com itself out; `example.com` takes it in.
  const suffix = name.replace(/^\*\./, '.');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function cidrContains(cidr: string, address: string): boolean {
  const [base = '', length = ''] = cidr.split('/');
  const [network, bits] = [toBits(base), toBits(address)];
  if (network === '' || network.length !== bits.length || !/^\d{1,3}$/.test(length)) return false;
  // A prefix of an IPv4 address that is written as IPv6 counts the 96 bits in front of it.
  const prefix = Number(length) - (parseIpv6(base) && network.length === 32 ? 96 : 0);
  return prefix >= 0 && prefix <= network.length && network.slice(0, prefix) === bits.slice(0, prefix);
}

/** An address as 32 or 128 binary digits, IPv4 in IPv6 (`::ffff:10.0.0.1`) as IPv4; empty for what is no address. */
function toBits(address: string): string {
  const groups = parseIpv6(address);
  const ipv4 = groups ? mappedIpv4(groups) : parseIpv4(address);
  if (ipv4 !== undefined) return ipv4.toString(2).padStart(32, '0');
  return groups?.map((group) => group.toString(2).padStart(16, '0')).join('') ?? '';
}
