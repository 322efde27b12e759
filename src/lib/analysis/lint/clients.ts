import type { Interceptor } from '../../simulator/interception.js';
import type { Simulation } from '../../simulator/simulation.js';

/** The ways in which the pods of a source are intercepted, those without sidecar left out. */
export function uniqueClients({ clients }: Simulation): Interceptor[] {
  return clients.map(({ interceptor }) => interceptor).filter(({ sidecar }) => sidecar.injected);
}
