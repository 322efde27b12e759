import type { ServicePort } from '../../resources/types.js';

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
  return word === undefined || word === '' ? 'auto' : KINDS[word.toLowerCase()];
}

/** Ports on which a Service's protocol is never looked for. */
const SERVER_FIRST = new Set([25, 53, 3306, 27017]);
const APP_PROTOCOLS: Readonly<Record<string, PortKind>> = { 'kubernetes.io/h2c': 'http', 'kubernetes.io/ws': 'http' };

/** Of a Service's port: its appProtocol, else the first part of its name. */
export function kindOfServicePort({ appProtocol, name = '', port, protocol = 'TCP' }: ServicePort): PortKind {
  if (protocol === 'UDP') return 'udp';
  const told = appProtocol?.toLowerCase();
  const byApp = told === undefined ? undefined : (KINDS[told] ?? APP_PROTOCOLS[told]);
  const lower = name.toLowerCase();
  const word = lower.startsWith('grpc-web') ? 'grpc-web' : lower.split('-', 1)[0]!;
  return byApp ?? KINDS[word] ?? (SERVER_FIRST.has(port) ? 'tcp' : 'auto');
}
