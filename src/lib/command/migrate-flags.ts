import { Flags } from '@oclif/core';
import { outputFlag } from './flags.js';

/** What `egress migrate` has besides where the policies come from. */
export const migrateFlags = {
  to: Flags.option({
    options: ['istio'] as const,
    required: true,
    helpValue: 'istio',
    description: 'The mesh to move to',
  })(),
  identity: Flags.option({
    options: ['namespace', 'workload'] as const,
    helpValue: 'namespace|workload',
    description:
      'How sources of one namespace are told apart: not at all, or by labels of their pods; the least that keeps what they may do if not given',
  })(),
  'fail-on': Flags.option({
    options: ['any', 'wider', 'narrower'] as const,
    default: 'any',
    helpValue: 'any|wider|narrower',
    description: 'What makes the exit code 1: both, or only what is wider, or narrower',
  })(),
  directory: Flags.string({
    helpValue: 'DIR',
    description: 'Write the resources, what istiod is to be told and the account to files of this directory',
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
  ...outputFlag(['yaml', 'json', 'text', 'markdown', 'html']),
};
