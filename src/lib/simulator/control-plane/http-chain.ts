import type { FieldRef } from '../../resources/types.js';
import type { FilterChainTarget } from '../envoy/types.js';
import type { World } from '../world.js';

/** What an HTTP chain does, be it for egress or for a service. @param at what makes the chain */
export function httpTarget({ lacks }: World, routeConfigName: string, at: FieldRef): FilterChainTarget {
  const withoutUpgrades = lacks.has('websocket-upgrade') ? at : undefined;
  return { filter: 'http_connection_manager', routeConfigName, withoutUpgrades };
}
