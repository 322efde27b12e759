import { Flags } from '@oclif/core';
import type { GivenName } from '../input/client.js';
import { outputFlag } from './flags.js';
import { flagReader } from './reading.js';
import { parseNamespacedName } from './words/names.js';

/** What `egress migrate` has besides where the policies come from. */
export const migrateFlags = {
  to: Flags.option({
    options: ['istio'] as const,
    required: true,
    helpValue: 'istio',
    description: 'The mesh to move to',
  })(),
  identity: Flags.option({
    options: ['namespace', 'workload', 'gateway'] as const,
    helpValue: 'namespace|workload|gateway',
    description:
      'How sources of one namespace are told apart: not at all, by labels of their pods, or by their certificates at an egress gateway; the least that keeps what they may do if not given',
  })(),
  gateway: Flags.custom<GivenName>({
    parse: flagReader(parseNamespacedName),
    helpValue: '[NAMESPACE/]SERVICE',
    description: 'The egress gateway where one is needed; istio-egress/istio-egressgateway if not given',
  })(),
  'fail-on': Flags.option({
    options: ['any', 'wider', 'narrower'] as const,
    default: 'any',
    helpValue: 'any|wider|narrower',
    description: 'What makes the exit code 1: both, or only what is wider, or narrower',
  })(),
  directory: Flags.string({
    helpValue: 'DIR',
    description:
      'Write the resources, what istiod is to be told and the account to files of this directory, as -o dir does to istio',
  }),
  'dry-run': Flags.boolean({
    description: 'Have the API server of the cluster, which has Istio’s CRDs, check the resources without keeping them',
  }),
  tests: Flags.string({
    helpValue: 'FILE',
    description: 'Write an EgressTest of what OSM lets through today, for both meshes (docs/policy-tests.md)',
  }),
  'probe-script': Flags.string({
    helpValue: 'FILE',
    description: 'Write a shell script that asks the same from within a pod with curl',
  }),
  ...outputFlag(['yaml', 'json', 'dir', 'text', 'markdown', 'html']),
};
