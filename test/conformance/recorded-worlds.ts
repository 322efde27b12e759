import { istioHosts, recordedIstioWorlds, type RecordedIstioWorld } from './istio.js';
import { collections, recordedHosts, recordedWorlds, type RecordedWorld } from './recordings.js';
import type { Hosts } from './replay.js';

/** Every recorded world, of OSM and of Istio, by collection, and what names resolved to. */
export function allRecorded(): [
  collection: string,
  worlds: readonly (RecordedWorld | RecordedIstioWorld)[],
  hosts: Hosts,
][] {
  const hosts = recordedHosts();
  return [
    ...collections.map((name): [string, readonly RecordedWorld[], Hosts] => [name, recordedWorlds(name), hosts]),
    ['istio', recordedIstioWorlds(), istioHosts()],
  ];
}
