import { domainToASCII } from 'node:url';
import { UsageError } from '../../errors.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { quoted } from '../../text/shorten.js';

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Reads a host as a policy can use it: a name, a wildcard `*.domain`, or an IPv4 address. Upper case is taken as lower case, as Envoy
 * and TLS do. Egress semantics §3.2, §4, §5.
 * @throws UsageError naming what to write instead
 */
export function parseHost(written: string): string {
  const fail = (why: string, hint: string): UsageError => new UsageError(`${quoted(written)} ${why}`, hint);
  if (/\s/.test(written)) throw fail('has a space in it', 'separate hosts by commas, or repeat --host');
  const withScheme = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(written);
  if (withScheme) throw fail('is a URL, and a host has no scheme', urlHint(withScheme[1]!, withScheme[2]!));
  if (/[/?#]/.test(written)) {
    throw fail(
      'has a path, and a host has none',
      `write --host ${written.split(/[/?#]/)[0]}; paths are for an HTTPRouteGroup (--route)`,
    );
  }
  if (written.startsWith('[') || parseAddressLiteral(written)?.family === 6) {
    throw fail('is an IPv6 address', 'OSM leaves IPv6 alone: nothing has to be allowed for it');
  }
  const withPort = /^(.*):(\d*)$/.exec(written);
  if (withPort) {
    const port = withPort[2] === '' ? '' : ` --port ${withPort[2]}/PROTOCOL`;
    throw fail('has a port, and a host has none', `write --host ${withPort[1]}${port}`);
  }
  const host = written.toLowerCase();
  if (host.endsWith('.'))
    throw fail('ends with a dot, which no request has', `write --host ${host.replace(/\.+$/, '')}`);
  if (/[^ -~]/.test(host)) throw internationalName(written, fail);
  if (host.includes('*')) return checkWildcard(host, fail);
  if (/^[\d.]+$/.test(host) && parseAddressLiteral(host) === undefined) {
    throw fail('is neither a name nor an IPv4 address', 'write four numbers up to 255 without leading zeros');
  }
  return checkName(host, host, fail);
}

type Fail = (why: string, hint: string) => UsageError;

function urlHint(scheme: string, authority: string): string {
  const [, host = '', port] = /^(?:[^@]*@)?([^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  const protocol = /^https?$/i.test(scheme) ? scheme.toLowerCase() : 'PROTOCOL';
  const usual = { http: '80', https: '443' }[protocol] ?? 'NUMBER';
  return `write --host ${host === '' ? 'NAME' : host.toLowerCase()} --port ${port ?? usual}/${protocol}`;
}

function internationalName(written: string, fail: Fail): UsageError {
  const ascii = domainToASCII(written.replace(/^\*\./, ''));
  const prefix = written.startsWith('*.') ? '*.' : '';
  return fail(
    'has letters that do not go over the wire',
    ascii === '' ? 'write the name in its xn-- form' : `write --host ${prefix}${ascii}`,
  );
}

function checkWildcard(host: string, fail: Fail): string {
  if (host === '*') {
    throw fail('stands for every host', 'leave --host out to allow every host of an https or tcp port');
  }
  if (!/^\*\.[^*]+$/.test(host)) {
    const domain = host.slice(host.lastIndexOf('*') + 1).replace(/^\./, '');
    throw fail(
      'is a wildcard that Envoy does not know',
      `a wildcard stands for whole labels at the start: *.${domain === '' || domain.includes('*') ? 'example.com' : domain}`,
    );
  }
  return checkName(host, host.slice(2), fail);
}

function checkName(host: string, name: string, fail: Fail): string {
  if (name.length > 253) throw fail(`has ${name.length} characters`, 'a host name has at most 253');
  for (const label of name.split('.')) {
    if (label === '') throw fail('has an empty part', 'write parts separated by single dots: www.example.com');
    if (label.length > 63)
      throw fail(`has a part of ${label.length} characters`, 'each part of a host name has at most 63');
    if (!LABEL.test(label)) {
      throw fail(`has the part ${quoted(label)}`, 'parts consist of letters, digits, - and _, with no - at their ends');
    }
  }
  return host;
}
