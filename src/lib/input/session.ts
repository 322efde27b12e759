import { writeErr } from '../cli/streams.js';
import { quoteShellWord } from '../text/shell.js';
import type { Cluster } from '../cluster/types.js';

/** What a command line says about the cluster. */
export interface SessionOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly verbose: boolean;
  readonly warn: (line: string) => void;
}

export interface Session {
  readonly cluster: Cluster;
  /** Shows a remark, on standard error, if the user asked for them. */
  readonly verbose: (line: string) => void;
  /** Flags that lead kubectl to the same cluster; empty when it goes there by itself. */
  readonly kubectlFlags: readonly string[];
}

/** Connects to the cluster of a command line. The client is loaded now, not before. Throws as `connect` does. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { connect } = await import('../cluster/index.js');
  const { kubeconfig, context, warn } = options;
  const verbose = (line: string): void => {
    if (options.verbose) writeErr(`${line}\n`);
  };
  const cluster = await connect({ kubeconfig, context, verbose, warn });
  const flags = { '--kubeconfig': kubeconfig, '--context': context };
  const kubectlFlags = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, quoteShellWord(value)],
  );
  return { cluster, verbose, kubectlFlags };
}
