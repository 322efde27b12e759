import { UsageError } from '../errors.js';
import type { Reporter } from '../reporter.js';
import type { Target } from '../simulator/request/index.js';
import { clientOfSender, type ClientName } from './client.js';
import type { RequestInputOptions } from './request.js';
import { readTargets, type TargetLine, type TargetSource } from './targets.js';

/** Nothing says who sends a request. */
export function nobodySends(): UsageError {
  return new UsageError(
    'who sends the request is missing',
    'add --from NAMESPACE/SERVICEACCOUNT, such as --from curl/curl',
  );
}

/** Who sends a target, by its own command line. @throws UsageError where that does not tell */
export function senderOf({ sender }: Target): ClientName {
  if (!sender) throw nobodySends();
  return clientOfSender(sender);
}

/** Lines that are read before a cluster is asked; without a limit, a file without end would fill the memory. */
const MOST_LINES = 100_000;

/**
 * Which cluster is asked about which senders, where command lines tell: before a cluster is read, it has to be known whose namespaces
 * matter, so that a file of targets is read first.
 * @throws UsageError when nobody sends them, or their command lines name several clusters; InputError
 */
export async function withSenders<T extends RequestInputOptions & { readonly targets: TargetSource }>(
  options: T,
  report: Reporter,
): Promise<T> {
  const { clients, targets: source, configDump } = options;
  const asksCluster = options.live || (options.filenames.length === 0 && configDump === undefined);
  const isNamed = clients.length > 0 || configDump !== undefined;
  // with a client that is named, lines are read as they are answered
  if ('file' in source && (isNamed || !asksCluster)) return options;
  const lines = await linesOf(source);
  const targets = lines.flatMap((line) => ('target' in line ? [line.target] : []));
  const connection = connectionOf(targets, options, asksCluster, report);
  if (isNamed) return { ...options, ...connection };
  // of a line in a file, whoever is not told is a fault of that line
  const senders = 'targets' in source ? targets.map(senderOf) : targets.flatMap(knownSenderOf);
  if (senders.length === 0) throw nobodySends();
  return { ...options, ...connection, senders, targets: { lines } };
}

async function linesOf(source: TargetSource): Promise<TargetLine[]> {
  const lines: TargetLine[] = [];
  for await (const line of readTargets(source)) {
    lines.push(line);
    if (lines.length > MOST_LINES) {
      throw new UsageError(
        `there are more than ${MOST_LINES} lines, the most of which the senders are looked up in a cluster`,
        'name the sender with --from',
      );
    }
  }
  return lines;
}

function knownSenderOf(target: Target): ClientName[] {
  try {
    return [senderOf(target)];
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** The kubeconfig and context that kubectl's command lines name; options of our own command line come first. */
export function connectionOf(
  targets: readonly Target[],
  options: RequestInputOptions,
  asksCluster: boolean,
  report: Reporter,
): { readonly context?: string; readonly kubeconfig?: string } {
  const found: { context?: string; kubeconfig?: string } = {};
  for (const key of ['context', 'kubeconfig'] as const) {
    const [name, other] = new Set(targets.flatMap(({ sender }) => sender?.[key] ?? []));
    if (name === undefined) continue;
    if (!asksCluster) {
      report.note(`--${key} ${name} of the command line says nothing here: the policies come from files`);
    } else if (options[key] === undefined) {
      if (other !== undefined)
        throw new UsageError(
          `the command lines name several clusters: --${key} ${name} and ${other}`,
          `ask about one at a time, or name it with --${key}`,
        );
      found[key] = name;
    }
  }
  return found;
}
