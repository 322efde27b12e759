import { readConfigDump, type ConfigDump } from '../../analysis/envoy-dump/index.js';
import { readDumpNames, type DumpNames } from '../../analysis/envoy-dump/names.js';
import { DumpProblem } from '../../analysis/envoy-dump/part.js';
import type { Cluster } from '../../cluster/types.js';
import { OsmTsError } from '../../errors.js';
import type { Reporter } from '../../reporter.js';
import { pathText } from '../../text/field-path.js';
import { askProxy } from '../proxy/ask.js';
import type { PodName } from './steps.js';

/** What the proxy of a pod holds. */
export interface ProxyConfig {
  readonly names: DumpNames;
  /** The same for the simulator, or why it cannot be had: part of a dump has names too. */
  readonly dump: ConfigDump | string;
}

export interface ProxyOptions {
  /** For the whole answer. */
  readonly timeoutMs: number;
  readonly report: Reporter;
}

/**
 * Asks the proxy of a pod for its configuration.
 * @returns why it could not be had, in words, where that is so
 */
export async function proxyConfigOf(
  cluster: Cluster,
  pod: PodName,
  { timeoutMs, report }: ProxyOptions,
): Promise<ProxyConfig | string> {
  try {
    const question = { verb: 'get', query: 'config_dump?include_eds', json: false, timeoutMs } as const;
    const { bytes } = await askProxy(cluster, { kind: 'Pod', ...pod }, question, report);
    return configIn(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof OsmTsError) return error.message;
    throw error;
  }
}

function configIn(text: string): ProxyConfig | string {
  try {
    const root: unknown = JSON.parse(text);
    const names = readDumpNames(root);
    if (!names.hasListeners) return 'the dump tells of no listeners';
    return { names, dump: simulated(root) };
  } catch (error) {
    if (error instanceof DumpProblem) return `config parse error: ${problemText(error)}`;
    if (error instanceof SyntaxError) return `config parse error: ${error.message}`;
    throw error;
  }
}

function simulated(root: unknown): ConfigDump | string {
  try {
    return readConfigDump(root);
  } catch (error) {
    if (error instanceof DumpProblem) return problemText(error);
    throw error;
  }
}

function problemText({ path, message }: DumpProblem): string {
  return path.length > 0 && !message.startsWith(pathText(path)) ? `${pathText(path)}: ${message}` : message;
}
