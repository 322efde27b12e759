import { Flags } from '@oclif/core';

import type { DryRun } from '../changes/change.js';
import { readInstallation } from '../input/environment.js';
import type { UninstallRequest } from '../mesh/uninstall/uninstall.js';
import { timeoutFlag } from './helm-flags.js';
import { flagReader } from './reading.js';
import { parseMeshName, parseObjectName } from './words/names.js';

/** Which meshes, and what goes with them. */
export const uninstallFlags = {
  'mesh-name': Flags.string({
    parse: flagReader(parseMeshName),
    helpValue: 'NAME',
    description: 'Only this mesh; all of them if not given',
  }),
  'delete-cluster-wide-resources': Flags.boolean({
    char: 'a',
    description: 'Also delete the CRDs of OSM and SMI, webhook configurations, and the Secret of the root certificate',
  }),
  'delete-namespace': Flags.boolean({ description: "Also delete the mesh's namespace, with everything in it" }),
  'ca-bundle-secret-name': Flags.string({
    parse: flagReader(parseObjectName),
    helpValue: 'NAME',
    default: 'osm-ca-bundle',
    description: 'Name of the Secret with the root certificate',
  }),
  timeout: timeoutFlag('How long to wait for the clean-up of the chart: 90s, 10m'),
};

interface UninstallFlagValues {
  readonly 'mesh-name'?: string | undefined;
  readonly 'delete-cluster-wide-resources': boolean;
  readonly 'delete-namespace': boolean;
  readonly 'ca-bundle-secret-name': string;
  readonly 'osm-namespace': string;
  readonly 'dry-run': DryRun;
  readonly force: boolean;
  readonly timeout: number;
}

/**
 * What the flags ask for.
 * @param isNamespaceGiven whether `--osm-namespace` is on the command line, or in the environment
 */
export async function uninstallRequest(
  flags: UninstallFlagValues,
  isNamespaceGiven: boolean,
): Promise<UninstallRequest> {
  return {
    mesh: flags['mesh-name'],
    namespace: flags['osm-namespace'],
    isNamespaceGiven,
    secret: flags['ca-bundle-secret-name'],
    force: flags.force,
    clusterWide: flags['delete-cluster-wide-resources'],
    deleteNamespace: flags['delete-namespace'],
    dryRun: flags['dry-run'],
    timeoutMs: flags.timeout,
    isManaged: (await readInstallation(process.env)).kind === 'managed',
  };
}
