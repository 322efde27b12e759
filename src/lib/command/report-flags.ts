import { Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { GivenName } from '../input/client.js';
import { quoted } from '../text/shorten.js';
import { flagReader } from './reading.js';
import { everyItem, parseNamespace, parseNamespacedName } from './words/names.js';

/** @throws UsageError also when there is no namespace */
function parsePlacedName(word: string): GivenName {
  const name = parseNamespacedName(word);
  if (name.namespace !== undefined) return name;
  throw new UsageError(`${quoted(word)} lacks a namespace`, 'write it like NAMESPACE/NAME');
}

const placedNames = flagReader(everyItem(parsePlacedName));

/** What a bug report is to hold besides the control plane. */
export const reportFlags = {
  all: Flags.boolean({ description: 'Every pod with a sidecar in every namespace of a mesh, and ingress' }),
  'app-namespaces': Flags.custom<string[]>({
    parse: flagReader(everyItem(parseNamespace)),
    helpValue: 'NAMESPACE',
    description: 'Namespaces to look into; repeatable, or separated by commas',
  })({ multiple: true, multipleNonGreedy: true }),
  'app-deployments': Flags.custom<GivenName[]>({
    parse: placedNames,
    helpValue: 'NAMESPACE/NAME',
    description: 'Deployments whose pods to ask; repeatable, or separated by commas',
  })({ multiple: true, multipleNonGreedy: true }),
  'app-pods': Flags.custom<GivenName[]>({
    parse: placedNames,
    helpValue: 'NAMESPACE/NAME',
    description: 'Pods to ask; repeatable, or separated by commas',
  })({ multiple: true, multipleNonGreedy: true }),
  ingress: Flags.boolean({ description: 'Also look at ingress controllers' }),
};
