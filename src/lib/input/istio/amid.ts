import type { IstioWorld } from '../../simulator/istio/world.js';
import type { Input } from '../load.js';
import { aroundPolicies } from '../since.js';

/** What is around Istio's objects, the mesh configuration included, is the other set's where one has none. */
export function istioAmid(input: Input, other: Input): IstioWorld {
  const own = input.istio!;
  const { meshConfig, meshConfigAt, hasMeshConfig, rootNamespace, ipv6 } = own.hasMeshConfig ? own : other.istio!;
  return input.istioSimulator!.createIstioWorld([...input.objects, ...aroundPolicies(input, other).objects], {
    meshConfig: hasMeshConfig ? meshConfig : undefined,
    meshConfigAt,
    rootNamespace,
    ipv6,
  });
}
