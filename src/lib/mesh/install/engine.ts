import type { Cluster } from '../../cluster/types.js';
import { connectionWords, shownWords } from '../../helm/arguments.js';
import { findHelm, type Helm } from '../../helm/program.js';
import { runHelm, type HelmRun } from '../../helm/run.js';
import type { ConnectionOptions } from '../../input/connection.js';
import type { Reporter } from '../../reporter.js';
import { watchReadiness } from './readiness.js';

/** How helm is run: on which cluster, and who hears of it. */
export interface HelmSurroundings {
  readonly connection: ConnectionOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly report: Reporter;
  /** Once aborted, helm is asked to end. */
  readonly signal: AbortSignal;
}

/** Helm, on one cluster and in one namespace. */
export interface Engine {
  readonly helm: Helm;
  /**
   * Runs helm, and tells meanwhile what is being waited for.
   * @param words the command and its own flags
   * @param timeoutMs what helm may take for one thing that it waits for
   */
  run(words: readonly string[], timeoutMs: number): Promise<HelmRun>;
}

/** For what helm does besides waiting: loading the chart, asking the API server. */
const MARGIN_MS = 60_000;

/** @throws UsageError when there is no helm that will do */
export async function startEngine(
  cluster: Cluster,
  namespace: string,
  { connection, env, report, signal }: HelmSurroundings,
): Promise<Engine> {
  const helm = await findHelm(env, (text) => report.warn(text));
  const { kubeconfig } = connection;
  // the context that osm-ts has chosen, so that both speak to one cluster
  const place = [`--namespace=${namespace}`, ...connectionWords({ kubeconfig, context: cluster.context })];
  return {
    helm,
    async run(words, timeoutMs) {
      const all = [...words, ...place];
      report.verbose(`running ${helm.path} ${shownWords(all)}`);
      const stop = watchReadiness(cluster, namespace, report);
      try {
        // helm waits for hooks, and then for the rest
        const limitMs = 2 * timeoutMs + MARGIN_MS;
        return await runHelm(helm.path, all, {
          env,
          limitMs,
          signal,
          onLine: (line) => report.verbose(`helm: ${line}`),
        });
      } finally {
        stop();
      }
    },
  };
}
