import { Args, Flags } from '@oclif/core';

import { openCluster } from '../input/connection.js';
import { askProxy, type ProxyQuestion } from '../mesh/proxy/ask.js';
import { printProxyAnswer } from '../output/proxy-answer.js';
import { BaseCommand } from './base-command.js';
import { clusterFlags, globalFlags, localPortFlag, outputFlag } from './flags.js';
import { connectionFlags } from './mesh-flags.js';
import { parseClient } from './words/names.js';

interface ProxyFlagValues {
  readonly output?: 'json' | 'yaml' | undefined;
  readonly file?: string | undefined;
  readonly timeout: number;
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** What is asked, and whom. oclif looks for arguments in the command itself, not in what it extends. */
export const proxyArgs = {
  query: Args.string({ required: true, description: 'Path of Envoy\'s admin interface, such as "stats?filter=http"' }),
  pod: Args.string({ required: true, description: 'The pod, or a workload such as deploy/api' }),
};

/** A command that speaks to the Envoy of a pod. */
export abstract class ProxyCommand extends BaseCommand {
  static override baseFlags = {
    ...outputFlag(['json', 'yaml']),
    file: Flags.string({
      char: 'f',
      helpValue: 'FILE',
      description: 'Write the answer to this file',
      exclusive: ['output'],
    }),
    timeout: Flags.integer({
      min: 1,
      max: 3600,
      default: 30,
      helpValue: 'SECONDS',
      description: 'How long the whole answer may take',
    }),
    ...localPortFlag,
    namespace: clusterFlags.namespace,
    ...connectionFlags,
    ...globalFlags,
  };

  protected async ask(
    verb: ProxyQuestion['verb'],
    { query, pod }: { readonly query: string; readonly pod: string },
    { output: format, file, timeout, ...connection }: ProxyFlagValues,
  ): Promise<void> {
    const client = parseClient('Pod')(pod);
    const { kubeconfig, context, namespace } = connection;
    const cluster = await openCluster({ kubeconfig, context, namespace }, this.report);
    const question = { verb, query, json: format !== undefined, timeoutMs: timeout * 1000 };
    const answer = await askProxy(cluster, client, question, this.report);
    await printProxyAnswer(answer, { file, format });
  }
}
