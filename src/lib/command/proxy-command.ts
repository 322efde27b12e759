import { Args, Flags } from '@oclif/core';

import { openCluster } from '../input/connection.js';
import { ExitCode, UsageError } from '../errors.js';
import { askProxies, askProxy, type ProxyQuestion } from '../mesh/proxy/ask.js';
import { printProxyAnswer, printProxyAnswers } from '../output/proxy-answer.js';
import { BaseCommand } from './base-command.js';
import { clusterFlags, globalFlags, localPortFlag, outputFlag, unusedOsmNamespaceFlag } from './flags.js';
import { connectionFlags } from './mesh-flags.js';
import { parseClient } from './words/names.js';

interface ProxyFlagValues {
  readonly output?: 'json' | 'yaml' | undefined;
  readonly file?: string | undefined;
  readonly selector?: string | undefined;
  readonly timeout: number;
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** What is asked, and whom. oclif looks for arguments in the command itself, not in what it extends. */
export const proxyArgs = {
  query: Args.string({ required: true, description: 'Path of Envoy\'s admin interface, such as "stats?filter=http"' }),
  pod: Args.string({ description: 'The pod, or a workload such as deploy/api; without it, -l says which pods' }),
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
    selector: Flags.string({
      char: 'l',
      helpValue: 'SELECTOR',
      description: 'Ask each pod of the namespace that has these labels, such as app=api, and runs with a sidecar',
      exclusive: ['file'],
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
    ...unusedOsmNamespaceFlag,
    ...globalFlags,
  };

  protected async ask(
    verb: ProxyQuestion['verb'],
    { query, pod }: { readonly query: string; readonly pod?: string | undefined },
    { output: format, file, selector, timeout, ...connection }: ProxyFlagValues,
  ): Promise<void> {
    if ((pod === undefined) === (selector === undefined))
      throw new UsageError(
        pod === undefined ? 'missing argument: POD' : 'POD and --selector do not go together',
        'name a pod, or give -l SELECTOR for all that have these labels',
      );
    const client = pod === undefined ? undefined : parseClient('Pod')(pod);
    const { kubeconfig, context, namespace } = connection;
    const cluster = await openCluster({ kubeconfig, context, namespace }, this.report);
    const question = { verb, query, json: format !== undefined, timeoutMs: timeout * 1000 };
    if (client) return printProxyAnswer(await askProxy(cluster, client, question, this.report), { file, format });
    const failed = await printProxyAnswers(await askProxies(cluster, selector!, question), format);
    if (failed) this.exitWith(ExitCode.cluster);
  }
}
