import { Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { MetricsScope } from '../mesh/metrics/change.js';
import { meshNameFlag } from './flags.js';
import { flagReader } from './reading.js';
import { everyItem, parseNamespace } from './words/names.js';

/** Which namespaces. */
export const metricsFlags = {
  namespace: Flags.custom<string[]>({
    parse: flagReader(everyItem(parseNamespace)),
    helpValue: 'NAMESPACE',
    description: 'Namespaces to change; repeatable, or separated by commas',
  })({ multiple: true, multipleNonGreedy: true }),
  all: Flags.boolean({
    char: 'A',
    description: 'All namespaces of the mesh that --mesh-name names',
    exclusive: ['namespace'],
  }),
  ...meshNameFlag,
};

interface MetricsValues {
  readonly namespace?: readonly (string | string[])[] | undefined;
  readonly all: boolean;
  readonly 'mesh-name': string;
}

/** @throws UsageError when no namespaces are named */
export function metricsScope({ namespace, all, 'mesh-name': mesh }: MetricsValues): MetricsScope {
  if (all) return { mesh };
  if (namespace) return { namespaces: namespace.flat() };
  throw new UsageError('no namespace is named', 'add --namespace NAMESPACE, or --all for every namespace of the mesh');
}
