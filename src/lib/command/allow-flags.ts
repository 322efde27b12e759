import { Flags } from '@oclif/core';

import type { DryRun } from '../changes/change.js';
import { UsageError } from '../errors.js';
import { archiveName } from '../resources/files/archive-name.js';
import type { GivenName } from '../input/client.js';
import { dryRunFlag } from './flags.js';
import { flagReader } from './reading.js';
import { parseNamespacedName, parseObjectName } from './words/names.js';

/** How a change that allows a request is to look, and what is to be done with it. */
export const allowFlags = {
  write: Flags.boolean({ description: 'Edit the files of -f in place; comments and layout stay' }),
  yes: Flags.boolean({ char: 'y', description: 'Change the cluster without asking' }),
  ...dryRunFlag,
  policy: Flags.custom<GivenName>({
    parse: flagReader(parseNamespacedName),
    helpValue: '[NAMESPACE/]NAME',
    description: 'Policy to extend, where that can be done',
  })(),
  name: Flags.string({
    parse: flagReader(parseObjectName),
    helpValue: 'NAME',
    description: 'Name of a new policy; else made from host and port',
  }),
  'allow-exclusion': Flags.boolean({
    description: 'Where no policy can serve, leave the address out of interception, so that no policy applies to it',
  }),
  exact: Flags.boolean({ description: 'Let a new http policy allow this method and path only' }),
};

interface AllowValues {
  readonly write: boolean;
  readonly 'dry-run': DryRun;
  readonly filename?: readonly string[] | undefined;
  readonly policy?: GivenName | undefined;
  readonly name?: string | undefined;
}

/** @throws UsageError for flags that do not go together */
export function checkAllowFlags({ write, 'dry-run': dryRun, filename = [], policy, name }: AllowValues): void {
  const fromFiles = filename.length > 0;
  if (write && !fromFiles) {
    throw new UsageError('--write edits files, and none is given', 'add -f PATH; a cluster is changed without --write');
  }
  if (write && filename.includes('-')) {
    throw new UsageError('--write cannot edit standard input', 'give files with -f, or leave out --write');
  }
  if (write && filename.some((name) => archiveName.test(name))) {
    throw new UsageError('--write cannot edit an archive', 'unpack it and give its files, or leave out --write');
  }
  if (fromFiles && dryRun === 'server') {
    throw new UsageError(
      '--dry-run=server asks the cluster, and with -f the files are changed',
      'leave out -f to change the cluster, or --dry-run to see the change of the files',
    );
  }
  if (policy !== undefined && name !== undefined) {
    throw new UsageError('--policy extends a policy, --name names a new one', 'give one of them');
  }
}
