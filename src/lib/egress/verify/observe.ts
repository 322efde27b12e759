import { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { ExecOptions } from '../../cluster/tunnel.js';
import type { Cluster } from '../../cluster/types.js';
import { OsmTsError } from '../../errors.js';
import type { PodName } from '../../mesh/verify/steps.js';
import type { ConnectionState } from '../../wording/observation.js';
import { formatCurl, parseTarget, splitShellWords, type Target } from '../../simulator/request/index.js';

/** What curl saw in the pod. */
export interface Observation {
  readonly exitCode: number;
  /** null: there was no answer in HTTP */
  readonly httpStatus: number | null;
  /** Envoy answered by itself; only told of plain HTTP. */
  readonly fromEnvoy: boolean;
  /** The address that was dialled, where a connection came about. */
  readonly address: string | undefined;
  /** What became of a connection without HTTP; null for HTTP. */
  readonly connection: ConnectionState | null;
}

/** Why a request was not sent, or what became of it is not known. */
export interface NotAsked {
  readonly notAsked: string;
  readonly hint?: string | undefined;
  /** It was sent, and curl cannot tell what became of it. */
  readonly isSent?: true;
}

export interface ObserveOptions {
  readonly pod: PodName;
  readonly container: string;
  /** For each request, in seconds. */
  readonly timeoutSeconds: number;
}

/** Why curl cannot send a target, in words; undefined: it can. */
export function obstacleToSending(target: Target, pod: PodName, context: string | null): string | undefined {
  const { scheme, notModelled, notCurl, throughProxy, sender } = target;
  if (notModelled.length > 0) return notModelled.join('; ');
  if (throughProxy) return `it is sent through the proxy ${throughProxy.name}, whose answer would be compared`;
  if (scheme === 'udp') return 'curl sends no UDP, and the mesh has no say in it';
  if (notCurl) return 'another program than curl sends it';
  if (sender?.context !== undefined && sender.context !== context)
    return `its command line names another context: ${sender.context}`;
  if (!curlWords(target)) return 'curl cannot send this server name, or offer these protocols';
  const [, other] = /^(?:pods?\/|po\/)?([^/]+)$/.exec(sender?.workload ?? '') ?? [];
  return other === undefined || other === pod.name ? undefined : `its command line names another pod: ${other}`;
}

/** A server whose certificate curl does not trust was reached all the same: curl's exit codes for what is wrong with it. */
export const CERTIFICATE: ReadonlySet<number> = new Set([51, 53, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91]);

const MARK = 'osm-ts-saw';
const SEEN = new RegExp(`^${MARK} (\\d*) (\\d+) ([\\d.]+) ([\\d.]+) ?(\\S*)$`, 'gm');
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
  const isRaw = target.scheme === 'tcp';
  // what stands behind a curl command line counts
  const format = `\\n${MARK} %{exitcode} %{http_code} %{time_connect} %{time_appconnect} %{remote_ip}\\n`;
  const output = isRaw ? ['--limit-rate', '16k'] : ['-o', '/dev/null', '-D', '-'];
  const extra = ['-sS', ...output, '-w', format, '--max-time', String(timeoutSeconds)];
  const words = [...curlWords(target)!, ...extra];
  const timeoutMs = (timeoutSeconds + GRACE_SECONDS) * 1000;
  const ended = await run(cluster, pod, words, { container, stdout, stderr, timeoutMs });
  const said = stdout.text;
  // what a server has sent may stand before it
  const [found] = [...said.matchAll(SEEN)].slice(-1);
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
  const [, exit = '', status = '0', connected = '', secured = '', address = ''] = found;
  // a curl before 7.75 does not print its own exit code
  const exitCode = exit === '' ? code : Number(exit);
  const before = said.slice(0, found.index);
  const seen = { exitCode, address: address === '' ? undefined : address };
  if (target.http) {
    const httpStatus = Number(status) > 0 ? Number(status) : null;
    return { ...seen, httpStatus, fromEnvoy: target.scheme === 'http' && isEnvoys(before), connection: null };
  }
  if (isRaw && exitCode === UNSUPPORTED) {
    const hint = 'name another container with -c, or add one that has a whole curl: kubectl debug';
    return { notAsked: `curl in container ${container} cannot send raw TCP: it has no gopher or pop3`, hint };
  }
  const times = { connected: Number(connected), secured: Number(secured) };
  return isRaw ? rawObservation(seen, times, before.replace(/\n$/, '')) : tlsObservation(seen, times);
}

type Seen = Pick<Observation, 'exitCode' | 'address'>;

/** Seconds until a connection came about, and until its handshake was done; 0: that never was. */
interface Times {
  readonly connected: number;
  readonly secured: number;
}

function rawObservation(seen: Seen, { connected }: Times, answer: string): Observation {
  const [, status] = /^HTTP\/1\.\d (\d{3}) /.exec(answer) ?? [];
  const fromEnvoy = status !== undefined && isEnvoys(answer);
  const connection = answer !== '' ? 'answered' : stateOf(seen.exitCode, connected);
  return { ...seen, httpStatus: fromEnvoy ? Number(status) : null, fromEnvoy, connection };
}

function tlsObservation(seen: Seen, { connected, secured }: Times): Observation {
  const connection = secured > 0 || CERTIFICATE.has(seen.exitCode) ? 'secured' : stateOf(seen.exitCode, connected);
  return { ...seen, httpStatus: null, fromEnvoy: false, connection };
}

function stateOf(exitCode: number, connected: number): ConnectionState {
  // then curl tells no time
  if (exitCode === HANDSHAKE_FAILS) return 'closed';
  if (connected === 0) return exitCode === REFUSED ? 'refused' : 'none';
  return exitCode === TIME_IS_UP ? 'open' : 'closed';
}

/** Bytes of a client that speaks first: neither TLS nor HTTP. */
const FIRST_LINE = 'osm-ts';

/** curl's exit codes (its manual page). */
const UNSUPPORTED = 1;
const REFUSED = 7;
const TIME_IS_UP = 28;
const HANDSHAKE_FAILS = 35;

/**
 * The command line of curl that makes the target's connection. Raw TCP goes by protocols of curl that say no more: gopher sends one line, pop3 waits for what the server
 * says. Undefined: there is none.
 */
function curlWords(target: Target): string[] | undefined {
  const { scheme, tls, serverFirst } = target;
  if (scheme === 'tcp') {
    const [place = '', ...more] = splitShellWords(formatCurl({ ...target, serverFirst: false }));
    // of pop3 it is headers that the server has sent
    if (serverFirst) return ['curl', ...more, '-D', '-', place.replace(/^tcp/, 'pop3')];
    return ['curl', ...more, `${place.replace(/^tcp/, 'gopher')}/0${FIRST_LINE}`];
  }
  if (scheme !== 'tls') return splitShellWords(formatCurl(target));
  const http = { version: '1.1', method: 'GET', path: '/', authority: target.host, headers: [] } as const;
  const command = formatCurl({ ...target, scheme: 'https', http });
  return isDeepStrictEqual(parseTarget(command).tls, tls) ? splitShellWords(command) : undefined;
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
