import type { FieldRef } from '../../resources/types.js';
import type { ListenerRefusal, RouteRefusal } from './acceptance.js';

/** The fields that make Envoy refuse the listener. */
export function fieldsOfListenerRefusal(refusal: ListenerRefusal): FieldRef[] {
  if (refusal.code === 'server-name-wildcard') {
    const { object } = refusal.chain.sources[0]!;
    return [{ object, path: ['spec', 'hosts', refusal.index] }];
  }
  if (refusal.code === 'zero-weight' || refusal.code === 'own-port-unknown') return [refusal.at];
  const { first, second } = refusal;
  return [first.chain.sources[0]!, ...(first.chain === second.chain ? [] : [second.chain.sources[0]!])];
}

/** The fields that make Envoy refuse a port's routes. */
export function fieldsOfRouteRefusal(refusal: RouteRefusal): FieldRef[] {
  return refusal.code === 'duplicate-domain' ? [refusal.first.source, refusal.second.source] : [refusal.at];
}
