import { Flags } from '@oclif/core';
import { clusterFlags, filenameFlags } from './flags.js';

/** Where policies come from: files, the cluster, or the files laid over the cluster. */
export const worldFlags = {
  ...filenameFlags,
  live: Flags.boolean({
    description: 'With -f: lay the files over what the cluster holds, as if they were applied',
    dependsOn: ['filename'],
  }),
  'mesh-name': Flags.string({ helpValue: 'NAME', default: 'osm', description: 'Name of the mesh' }),
  hosts: Flags.string({
    helpValue: 'FILE',
    description: 'Addresses of names, in the format of /etc/hosts',
  }),
  dns: Flags.boolean({ description: 'Ask the resolver of this machine for addresses' }),
  ...clusterFlags,
};

/** Who sends the request. */
export const sourceFlags = {
  from: Flags.string({
    helpValue: '[NAMESPACE/]SERVICEACCOUNT',
    description: 'ServiceAccount of the client',
  }),
  pod: Flags.string({
    helpValue: '[NAMESPACE/]POD',
    description: 'Pod of the client: its ServiceAccount and annotations count',
    exclusive: ['from'],
  }),
};
