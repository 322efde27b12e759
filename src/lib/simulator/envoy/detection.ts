import type { Target } from '../request/types.js';
import { inspectHttp } from './http-codec.js';
import type { Listener } from './types.js';

/** How long Envoy waits for a client's first bytes before it carries on without detection. Egress semantics §5. */
export const DETECTION_TIMEOUT_SECONDS = 15;

/** What the listener's inspectors find out about the client. Egress semantics §3.1. */
export function detect(listener: Listener, target: Target) {
  const disabledBy = listener.detectionDisabledPorts.get(target.dial.port);
  const state = !listener.detection ? 'off' : disabledBy ? 'disabled' : 'on';
  const detected = state === 'on' && !target.proxyHeader;
  const serverName = detected ? (target.tls?.sni ?? '') : '';
  return {
    state,
    disabledBy,
    serverName,
    applicationProtocols: detected ? offeredProtocols(listener, target) : NO_PROTOCOLS,
  } as const;
}

/** Seconds for which the inspectors wait; null: without end. */
export function detectionDelay(listener: Listener, target: Target, state: 'on' | 'off' | 'disabled'): number | null {
  const waits =
    target.serverFirst || (target.scheme === 'http' && !target.proxyHeader && inspectHttp(target.http!) === 'never');
  if (state !== 'on' || !waits) return 0;
  return listener.detectionTimeout === undefined ? DETECTION_TIMEOUT_SECONDS : listener.detectionTimeout;
}

const NO_PROTOCOLS: readonly string[] = [];
const H2C = ['h2c'];
const HTTP10 = ['http/1.0'];
const HTTP11 = ['http/1.1'];

function offeredProtocols({ plaintextOnly }: Listener, target: Target): readonly string[] {
  if (target.tls) return plaintextOnly ? NO_PROTOCOLS : target.tls.alpn;
  if (!target.http || inspectHttp(target.http) !== 'http') return NO_PROTOCOLS;
  return target.http.version === '2' ? H2C : target.http.version === '1.0' ? HTTP10 : HTTP11;
}
