import type { EgressProtocol } from '../../resources/protocols.js';
import { parseAddressLiteral } from '../../simulator/address.js';
import { readRequest } from '../../simulator/envoy/http-codec.js';
import type { Target } from '../../simulator/request/index.js';
import type { Detour } from './types.js';

/** A protocol that a policy could have to let a target through. */
export interface ProtocolChoice {
  readonly protocol: EgressProtocol;
  /** Why TCP stands in for what the request really is. */
  readonly detour?: Detour;
  /** Good for policies that are there already, but not for a new one. */
  readonly onlyToExtend?: true;
}

/**
 * What a target could be let through as, the natural protocol first. HTTP/1.0 is answered with 426 by an HTTP chain, a host
 * that cannot be resolved with 503 (egress semantics §5, §6): only a TCP chain takes those.
 */
export function protocolChoices(target: Target): ProtocolChoice[] {
  const { scheme, http, tls, serverFirst } = target;
  if (scheme === 'tcp') {
    return serverFirst
      ? [{ protocol: 'tcp-server-first' }, { protocol: 'tcp' }]
      : [{ protocol: 'tcp' }, { protocol: 'tcp-server-first', onlyToExtend: true }];
  }
  if (tls) {
    if (tls.sni) return [{ protocol: 'https' }, { protocol: 'tcp', detour: 'nothing-else-works' }];
    return [{ protocol: 'tcp' }, { protocol: 'https', onlyToExtend: true }];
  }
  if (http?.version === '1.0') return [{ protocol: 'tcp', detour: 'http-1.0' }];
  if (authorityOf(target) === undefined) return [{ protocol: 'tcp', detour: 'envoy-answers' }];
  if (policyHostFor(target) === undefined) return [{ protocol: 'tcp', detour: 'host-cannot-resolve' }];
  return [{ protocol: 'http' }, { protocol: 'tcp', detour: 'nothing-else-works' }];
}

/**
 * The host that a policy must list for the target: for HTTP what the Host header says, without the port when it is the
 * policy's; for TLS the server name. Undefined when no host can do it: Envoy resolves the policy's host, so a wildcard, or a
 * name with another port, leads nowhere.
 */
export function policyHostFor(target: Target): string | undefined {
  if (target.tls) return target.tls.sni ?? undefined;
  const authority = authorityOf(target);
  if (authority === undefined) return undefined;
  const ownPort = `:${target.dial.port}`;
  const host = authority.endsWith(ownPort) ? authority.slice(0, -ownPort.length) : authority;
  return /^[^*:/\s]+$/.test(host) || parseAddressLiteral(host) ? host : undefined;
}

/** The Host by which Envoy looks for a route; undefined when it does not get as far as that. */
function authorityOf({ http }: Target): string | undefined {
  if (!http) return undefined;
  const read = readRequest(http);
  return read.result === 'request' ? read.authority : undefined;
}
