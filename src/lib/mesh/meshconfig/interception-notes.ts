import type { MeshConfig } from '../../resources/types.js';
import { createInterceptor } from '../../simulator/interception.js';
import { createWorld } from '../../simulator/world.js';
import { brokenText } from '../../wording/verdict.js';
import { specPath } from './schema.js';

/** What the change makes of interception: lists that keep pods from starting, and a range that leaves nothing to policies. */
export function interceptionNotes(before: MeshConfig, after: MeshConfig): string[] {
  const [had, has] = [before, after].map(notesOn);
  return has!.filter((note) => !had!.includes(note));
}

function notesOn(meshConfig: MeshConfig): string[] {
  const { name, namespace = '' } = meshConfig.metadata;
  const world = createWorld([meshConfig], { meshConfigName: name, osmNamespace: namespace });
  const anybody = { namespace: 'default', serviceAccount: 'default' };
  const { broken, rules } = createInterceptor(world, anybody, undefined, undefined, { injected: true, assumed: true });
  const everything = rules.excludedRanges.find(({ network }) => network.prefixLength === 0);
  const past =
    everything &&
    `${specPath(everything.at.path.slice(1))} holds every address: all that pods send goes past Envoy, and no policy applies to it`;
  return [...(broken ? [`when a pod of the mesh starts, ${brokenText(broken)}`] : []), ...(past ? [past] : [])];
}
