import type { ServicePort } from '../../resources/types.js';
import { ownValue } from '../../text/plain-data.js';

/** What a port's protocol makes of its listener; `auto`: found out for each connection. */
export type PortKind = 'http' | 'tls' | 'tcp' | 'auto' | 'udp';

const KINDS: Readonly<Record<string, PortKind>> = {
  http: 'http',
  http2: 'http',
  grpc: 'http',
  'grpc-web': 'http',
  https: 'tls',
  tls: 'tls',
  tcp: 'tcp',
  mongo: 'tcp',
  redis: 'tcp',
  mysql: 'tcp',
  udp: 'udp',
};

/** Of a ServiceEntry's or Gateway's protocol word, in any letter case; undefined: Istio does not know it. */
export function kindOfProtocol(word: string | undefined): PortKind | undefined {
  return word ? ownValue(KINDS, word.toLowerCase()) : 'auto';
}

/** Ports on which a Service's protocol is never looked for. */
const SERVER_FIRST = new Set([25, 53, 3306, 27017]);
/** Words of Kubernetes itself. */
const APP_PROTOCOLS: Readonly<Record<string, PortKind>> = {
  'kubernetes.io/h2c': 'http',
  'kubernetes.io/ws': 'http',
  'kubernetes.io/wss': 'tls',
};

/** Of a Service's port: of its appProtocol, or of its name where it has none, the first part. */
export function kindOfServicePort({ appProtocol, name = '', port, protocol = 'TCP' }: ServicePort): PortKind {
  if (protocol === 'UDP') return 'udp';
  const text = (appProtocol ?? name).toLowerCase();
  return (
    ownValue(APP_PROTOCOLS, text) ??
    ownValue(KINDS, text.replace(/-.*/, '')) ??
    (SERVER_FIRST.has(port) ? 'tcp' : 'auto')
  );
}
