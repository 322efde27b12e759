import { Writable } from 'node:stream';
import type { ExecOptions } from '../../cluster/tunnel.js';
import type { Cluster } from '../../cluster/types.js';
import { OsmTsError } from '../../errors.js';
import type { PodName } from '../../mesh/verify/steps.js';
import { formatCurl, splitShellWords, type Target } from '../../simulator/request/index.js';

/** What curl saw in the pod. */
export interface Observation {
  readonly exitCode: number;
  /** null: there was no answer in HTTP */
  readonly httpStatus: number | null;
  /** Envoy answered by itself; only told of plain HTTP. */
  readonly fromEnvoy: boolean;
  /** The address that was dialled, where a connection came about. */
  readonly address: string | undefined;
}

/** Why a request was not sent, or what became of it is not known. */
export interface NotAsked {
  readonly notAsked: string;
  readonly hint?: string | undefined;
}

export interface ObserveOptions {
  readonly pod: PodName;
  readonly container: string;
  /** For each request, in seconds. */
  readonly timeoutSeconds: number;
}

/** Why curl cannot send a target, in words; undefined: it can. */
export function obstacleToSending(
  { scheme, notModelled, notCurl, throughProxy, sender }: Target,
  pod: PodName,
  context: string | null,
): string | undefined {
  if (notModelled.length > 0) return notModelled.join('; ');
  if (throughProxy) return `it is sent through the proxy ${throughProxy.name}, whose answer would be compared`;
  if (scheme !== 'http' && scheme !== 'https') {
    return 'only HTTP and HTTPS are sent: of other connections curl does not tell who ended them';
  }
  if (notCurl) return 'another program than curl sends it';
  if (sender?.context !== undefined && sender.context !== context)
    return `its command line names another context: ${sender.context}`;
  const [, other] = /^(?:pods?\/|po\/)?([^/]+)$/.exec(sender?.workload ?? '') ?? [];
  return other === undefined || other === pod.name ? undefined : `its command line names another pod: ${other}`;
}

const MARK = 'osm-ts-saw';
/** Headers of an answer fit in, and a server that never stops writing them does not fill the memory. */
const MOST_BYTES = 256 * 1024;
/** Beyond curl's own time, for the way there and back. */
const GRACE_SECONDS = 15;

/** Sends a request with the curl of a pod, and tells what it saw. The answer's body is thrown away there. */
export async function observe(
  cluster: Cluster,
  target: Target,
  { pod, container, timeoutSeconds }: ObserveOptions,
): Promise<Observation | NotAsked> {
  const [stdout, stderr] = [new Collector(), new Collector()];
  // what stands behind a curl command line counts
  const format = `\\n${MARK} %{exitcode} %{http_code} %{remote_ip}\\n`;
  const extra = ['-sS', '-o', '/dev/null', '-D', '-', '-w', format, '--max-time', String(timeoutSeconds)];
  const words = [...splitShellWords(formatCurl(target)), ...extra];
  const timeoutMs = (timeoutSeconds + GRACE_SECONDS) * 1000;
  const ended = await run(cluster, pod, words, { container, stdout, stderr, timeoutMs });
  const said = stdout.text;
  const found = new RegExp(`^${MARK} (\\d*) (\\d+) ?(\\S*)$`, 'm').exec(said);
  // some kubelets tell a program's failure as one of their own: what curl has said counts more
  if (typeof ended !== 'number' && !found?.[1]) {
    return NO_PROGRAM.test(ended.message) ? noCurl(container) : { notAsked: ended.message, hint: ended.hint };
  }
  const code = typeof ended === 'number' ? ended : 0;
  if (!found) {
    if (code === 127 || code === 126 || NO_PROGRAM.test(stderr.text)) return noCurl(container);
    const words = stderr.text.trim().split('\n')[0] ?? '';
    return { notAsked: `curl in container ${container} says nothing that could be read${words ? `: ${words}` : ''}` };
  }
  const [, exit = '', status = '0', address = ''] = found;
  return {
    // a curl before 7.75 does not print its own exit code
    exitCode: exit === '' ? code : Number(exit),
    httpStatus: Number(status) > 0 ? Number(status) : null,
    fromEnvoy: target.scheme === 'http' && isEnvoys(said.slice(0, found.index)),
    address: address === '' ? undefined : address,
  };
}

/** Its exit code, or why it has none. */
async function run(
  cluster: Cluster,
  pod: PodName,
  words: readonly string[],
  options: ExecOptions,
): Promise<number | OsmTsError> {
  try {
    const tunnel = await cluster.tunnel();
    return await tunnel.exec(pod, words, options);
  } catch (error) {
    if (error instanceof OsmTsError) return error;
    throw error;
  }
}

const NO_PROGRAM = /executable file not found|no such file or directory|not found in \$PATH/i;

function noCurl(container: string): NotAsked {
  return {
    notAsked: `there is no curl in container ${container}`,
    hint: 'name another container with -c, or add one that has curl: kubectl debug',
  };
}

/** Envoy's router marks what comes from a server with the time that it took. */
function isEnvoys(headers: string): boolean {
  const last = headers.split(/^(?=HTTP\/)/m).at(-1) ?? '';
  return /^server: envoy\r?$/im.test(last) && !/^x-envoy-upstream-service-time:/im.test(last);
}

class Collector extends Writable {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  /** Lets go of the beginning of what is too long: the line that counts is the last. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    while (this.length > MOST_BYTES && this.chunks.length > 1) this.length -= this.chunks.shift()!.length;
    done();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
