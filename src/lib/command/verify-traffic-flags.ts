import { Flags } from '@oclif/core';

import { UsageError } from '../errors.js';
import type { ClientName } from '../input/client.js';
import { flagReader } from './reading.js';
import { everybodyWorldFlags } from './world-flags.js';
import { parseClient } from './words/names.js';

/** How policy tests name clients. */
export const readTestClient = parseClient('ServiceAccount');

/** From which pod requests are sent, and how. */
export const verifyTrafficFlags = {
  pod: Flags.custom<ClientName>({
    parse: flagReader(podOnly),
    required: true,
    helpValue: '[NAMESPACE/]POD',
    description: 'The pod that sends the requests',
  })(),
  container: Flags.string({
    char: 'c',
    helpValue: 'NAME',
    description: 'The container whose curl sends them; the first that is not the sidecar if not given',
  }),
  tests: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FILE',
    description: "Send the requests of policy tests (egress test) that ask about the pod's ServiceAccount; repeatable",
    exclusive: ['targets', 'url'],
  }),
  timeout: Flags.integer({
    min: 1,
    max: 600,
    default: 30,
    helpValue: 'SECONDS',
    description: 'How long a request may take',
  }),
  yes: Flags.boolean({ char: 'y', description: 'Do not ask before requests are sent' }),
  ...everybodyWorldFlags,
};

function podOnly(word: string): ClientName {
  const client = parseClient('Pod')(word);
  if (client.kind === 'Pod') return client;
  throw new UsageError(`${word} is no pod`, 'name one of its pods: kubectl get pods');
}

/**
 * How to ask before requests are sent.
 * @returns undefined where `--yes` has answered
 * @throws UsageError when there is nobody to ask
 */
export function confirmSending(
  yes: boolean,
  canAsk: boolean,
  ask: (message: string) => Promise<boolean>,
): ((message: string) => Promise<boolean>) | undefined {
  if (yes) return undefined;
  if (canAsk) return ask;
  throw new UsageError(
    'sending requests needs a confirmation, and there is no terminal to ask on',
    'confirm with --yes',
  );
}

/** Do the requests come from policy tests? @throws UsageError where others are named too */
export function fromTests(tests: readonly string[], words: readonly string[] | undefined): boolean {
  if (tests.length > 0 && words !== undefined && words.length > 0) {
    throw new UsageError('there is more than one way to the target', 'name targets, or --tests FILE');
  }
  return tests.length > 0;
}
