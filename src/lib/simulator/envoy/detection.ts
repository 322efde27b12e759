import type { Target } from '../request/types.js';
import { inspectHttp } from './http-codec.js';
import type { Listener } from './types.js';

/** What the listener's inspectors find out about the client. Egress semantics §3.1. */
export function detect(listener: Listener, target: Target) {
  const disabledBy = listener.detectionDisabledPorts.get(target.dial.port);
  const state = !listener.detection ? 'off' : disabledBy ? 'disabled' : 'on';
  const detected = state === 'on' && !target.serverFirst;
  const serverName = detected && !target.proxyHeader ? (target.tls?.sni ?? '') : '';
  return {
    state,
    disabledBy,
    serverName,
    applicationProtocols: detected ? offeredProtocols(target) : NO_PROTOCOLS,
  } as const;
}

const NO_PROTOCOLS: readonly string[] = [];
const H2C = ['h2c'];
const HTTP10 = ['http/1.0'];
const HTTP11 = ['http/1.1'];

function offeredProtocols(target: Target): readonly string[] {
  if (target.proxyHeader) return NO_PROTOCOLS;
  if (target.tls) return target.tls.alpn;
  if (!target.http || inspectHttp(target.http) !== 'http') return NO_PROTOCOLS;
  return target.http.version === '2' ? H2C : target.http.version === '1.0' ? HTTP10 : HTTP11;
}
