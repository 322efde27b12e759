import { Flags } from '@oclif/core';

import type { VerifyOptions } from '../mesh/verify/connectivity.js';
import type { PodName } from '../mesh/verify/steps.js';
import { UsageError } from '../errors.js';
import type { Reporter } from '../reporter.js';
import { meshNameFlag, outputFlag } from './flags.js';
import { meshFlags } from './mesh-flags.js';
import { flagReader } from './reading.js';
import { parseNamespacedName } from './words/names.js';

/** What every verification has. */
export const verifyFlags = {
  timeout: Flags.integer({
    min: 1,
    max: 3600,
    default: 30,
    helpValue: 'SECONDS',
    description: 'How long an answer of a pod may take',
  }),
  ...outputFlag(['text', 'json', 'yaml']),
  ...meshFlags,
};

/** A mesh's name too, for verifications of membership. */
export const memberFlags = { ...meshNameFlag, ...verifyFlags };

/** `NAMESPACE/NAME` */
export const namespacedFlag = Flags.custom<PodName>({
  parse: flagReader((word) => {
    const { namespace, name } = parseNamespacedName(word);
    if (namespace !== undefined) return { namespace, name };
    throw new UsageError(
      `must be a namespaced name of the form NAMESPACE/NAME, got ${word}`,
      `write NAMESPACE/${name}`,
    );
  }),
});

const LAST_PORT = 65_535;

export const portFlag = (description: string) =>
  Flags.integer({ min: 1, max: LAST_PORT, helpValue: 'PORT', description });

interface VerifyValues {
  readonly 'mesh-name': string;
  readonly 'osm-namespace': string;
  readonly timeout: number;
}

/** What `verifyConnectivity` and `verifyIngress` get from `memberFlags`. */
export function verifyOptionsOf(flags: VerifyValues, report: Reporter): VerifyOptions {
  const { 'mesh-name': meshName, 'osm-namespace': osmNamespace, timeout } = flags;
  return { meshName, osmNamespace, timeoutMs: timeout * 1000, report };
}
