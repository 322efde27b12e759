import { Flags } from '@oclif/core';

import type { DryRun } from '../changes/change.js';
import { UsageError } from '../errors.js';
import type { RotateRequest } from '../mesh/certificate/rotate.js';
import type { Reporter } from '../reporter.js';
import { isDnsSubdomain } from '../text/dns-names.js';
import { quoted } from '../text/shorten.js';
import { durationFlag } from './helm-flags.js';
import { meshNameFlag, type NamedFlags } from './flags.js';
import { meshConfigRef } from './mesh-flags.js';
import { flagReader } from './reading.js';
import { parseObjectName } from './words/names.js';
import { usualMeshConfigName } from '../resources/kinds.js';

function parseTrustDomain(word: string): string {
  if (isDnsSubdomain(word)) return word;
  throw new UsageError(`${quoted(word)} is no trust domain`, 'write a name like cluster.local');
}

/** What takes over, how, and what becomes of the old one. */
export const rotateFlags = {
  'trust-domain': Flags.string({
    parse: flagReader(parseTrustDomain),
    char: 't',
    helpValue: 'HOST',
    description: 'Trust domain of a new certificate that OSM makes itself; as before if not given',
    exclusive: ['file', 'meshrootcertificate'],
  }),
  file: Flags.string({
    char: 'f',
    helpValue: 'FILE',
    description: 'Manifest of the MeshRootCertificate that takes over, or - for standard input',
    exclusive: ['meshrootcertificate'],
  }),
  meshrootcertificate: Flags.string({
    parse: flagReader(parseObjectName),
    char: 'c',
    helpValue: 'NAME',
    description: 'MeshRootCertificate of the cluster that takes over; one halfway goes on from there',
  }),
  delete: Flags.boolean({
    char: 'd',
    description: 'Delete the old certificate in the end, and the Secret that holds it',
  }),
  wait: durationFlag('How long the mesh gets to follow each change: 90s, 5m', {
    char: 'w',
    shortest: 0,
    usual: '1m0s',
  }),
  accept: Flags.boolean({ char: 'y', description: 'Ask nothing' }),
  ...meshNameFlag,
};

interface RotateFlagValues extends NamedFlags {
  readonly 'trust-domain'?: string | undefined;
  readonly file?: string | undefined;
  readonly meshrootcertificate?: string | undefined;
  readonly delete: boolean;
  readonly wait: number;
  readonly 'mesh-name': string;
  readonly 'osm-namespace': string;
  readonly 'dry-run': DryRun;
}

/** What the flags ask for. */
export function rotateRequest(flags: RotateFlagValues, report: Reporter): RotateRequest {
  const { 'osm-namespace': osmNamespace, named } = flags;
  return {
    mesh: flags['mesh-name'],
    config: meshConfigRef({ name: usualMeshConfigName, 'osm-namespace': osmNamespace, named }, report),
    trustDomain: flags['trust-domain'],
    file: flags.file,
    chosen: flags.meshrootcertificate,
    deleteOld: flags.delete,
    pauseMs: flags.wait,
    dryRun: flags['dry-run'],
  };
}
