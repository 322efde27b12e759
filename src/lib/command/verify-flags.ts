import { Flags } from '@oclif/core';

import type { VerifyOptions } from '../mesh/verify/connectivity.js';
import type { PodName } from '../mesh/verify/steps.js';
import { appProtocols, type ExternalTraffic } from '../mesh/verify/external-traffic.js';
import { UsageError } from '../errors.js';
import type { Reporter } from '../reporter.js';
import { closest } from '../text/closest.js';
import { isIpAddress } from '../text/ip.js';
import { meshNameFlag, outputFlag } from './flags.js';
import { meshFlags } from './mesh-flags.js';
import { flagReader } from './reading.js';
import { parseHost } from './words/hosts.js';
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

/**
 * Traffic to the outside.
 * @param word as `--app-protocol` has it, in capitals or not
 * @param named as `--to-ext-host` has it: a host, an address, or one of these with the port
 * @throws UsageError
 */
export function externalTraffic(word: string, named: string | undefined, port: number): ExternalTraffic {
  const lower = word.toLowerCase();
  const protocol = appProtocols.find((known) => known === lower);
  if (protocol === undefined) {
    const meant = closest(lower, appProtocols);
    throw new UsageError(
      `--app-protocol ${word} is no protocol that is known here`,
      meant === undefined ? `it is one of: ${appProtocols.join(', ')}` : `did you mean ${meant}?`,
    );
  }
  return { protocol, host: named === undefined ? undefined : hostIn(named, port), port };
}

function hostIn(named: string, port: number): string {
  if (isIpAddress(named)) return named;
  const groups = /^(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:]*))(?::(?<own>\d+))?$/.exec(named)?.groups;
  const own = groups?.['own'];
  if (own !== undefined && Number(own) !== port) {
    throw new UsageError(`--to-ext-host ${named} has another port than --to-ext-port ${port}`, 'leave one of them out');
  }
  const host = groups?.['ipv6'] ?? groups?.['name'] ?? named;
  if (isIpAddress(host)) return host;
  try {
    return parseHost(host);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`--to-ext-host ${error.message}`, error.hint, { cause: error });
  }
}
