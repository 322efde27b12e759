import { parseAddressLiteral } from '../../simulator/address.js';
import type { Target } from '../../simulator/request/index.js';
import type { Source } from '../../simulator/world.js';
import type { Wish } from './situation.js';
import type { Effect } from './types.js';

/**
 * Makes the function that tells how far a request is from the one that is to be allowed; see `Effect.where`.
 * @param addresses of the target, where known
 */
export function createPlaces(
  { source, target, simulation }: Wish,
  addresses: readonly string[],
): (source: Source, probe: Target) => Effect['where'] {
  const names = namesIn(target);
  const dialled = new Set([target.dial.host.toLowerCase(), ...addresses]);
  const isAtTarget = (probe: Target): boolean => {
    const host = probe.dial.host.toLowerCase();
    if (dialled.has(host)) return true;
    if (parseAddressLiteral(host)) return false;
    const known = simulation.resolve?.(host);
    return Array.isArray(known) && known.some((address: string) => dialled.has(address));
  };
  return (probeSource, probe) => {
    if (probeSource !== source || probe.dial.port !== target.dial.port) return 'elsewhere';
    if (target.scheme === 'tcp') return isAtTarget(probe) ? 'own' : 'elsewhere';
    if ([...namesIn(probe)].some((name) => names.has(name))) return 'own';
    return isAtTarget(probe) ? 'near' : 'elsewhere';
  };
}

function namesIn({ host, port, http, tls }: Target): Set<string> {
  const name = tls ? (tls.sni ?? host) : (http?.authority ?? host);
  const lower = name.toLowerCase();
  return new Set([lower.endsWith(`:${port}`) ? lower.slice(0, -`:${port}`.length) : lower]);
}
