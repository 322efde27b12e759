import type {
  AuthorizationPolicy,
  DestinationRule,
  Gateway,
  ServiceEntry,
  Sidecar,
  VirtualService,
} from './istio-types.js';
import { defineKind } from './kinds.js';

const NETWORKING = 'networking.istio.io';

/** The kinds of Istio that osm-ts reads or writes. */
export const istioKinds = {
  ServiceEntry: defineKind<ServiceEntry>('ServiceEntry', 'serviceentries', NETWORKING, 'v1'),
  VirtualService: defineKind<VirtualService>('VirtualService', 'virtualservices', NETWORKING, 'v1'),
  DestinationRule: defineKind<DestinationRule>('DestinationRule', 'destinationrules', NETWORKING, 'v1'),
  Sidecar: defineKind<Sidecar>('Sidecar', 'sidecars', NETWORKING, 'v1'),
  Gateway: defineKind<Gateway>('Gateway', 'gateways', NETWORKING, 'v1'),
  AuthorizationPolicy: defineKind<AuthorizationPolicy>(
    'AuthorizationPolicy',
    'authorizationpolicies',
    'security.istio.io',
    'v1',
  ),
} as const;
