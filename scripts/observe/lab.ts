import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Experiment } from './experiment.js';
import { NO_RULES } from './iptables.js';
import type { PodMessage, PodReply } from './inside/messages.js';
import type { Observation } from './sighting.js';

const PROGRAMS = ['unshare', 'nsenter', 'mount', 'ip', 'iptables-restore', 'curl'];

const NAMESPACES = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child=SIGKILL'];

/** What is missing for a lab on this machine, in words; undefined when nothing is. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'it takes Linux';
  if (process.getuid?.() !== 0) return 'it takes root, for network namespaces and iptables';
  const missing = PROGRAMS.filter(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
  );
  if (missing.length > 0) return `there is no ${missing.join(', no ')}`;
  const namespaces = spawnSync('unshare', [...NAMESPACES, 'iptables-restore'], { input: NO_RULES, encoding: 'utf8' });
  if (namespaces.status !== 0) return `namespaces with iptables cannot be had here: ${namespaces.stderr.trim()}`;
  const shut = shutPartOf(resolve(tmpdir()));
  return shut === undefined
    ? undefined
    : `Envoy runs as a user who may not enter ${shut}: set TMPDIR to another folder`;
}

/** The part of a path that other users may not enter; undefined when they may enter all of it. */
function shutPartOf(path: string): string | undefined {
  const above = dirname(path) === path ? undefined : shutPartOf(dirname(path));
  return above ?? ((statSync(path).mode & 1) === 0 ? path : undefined);
}

/**
 * A pod and the world outside it, in namespaces of their own. They belong to one process, so that the kernel takes everything
 * away when that ends: with `close`, with this process, or by a signal.
 */
export class Lab {
  private constructor(
    private readonly pod: ChildProcess,
    private readonly folder: string,
  ) {}

  /**
   * @param envoy path of the binary
   * @throws Error when the namespaces cannot be set up
   */
  static async open(envoy: string): Promise<Lab> {
    const folder = mkdtempSync(join(tmpdir(), 'osm-ts-observe-'));
    const program = join(dirname(fileURLToPath(import.meta.url)), 'inside', 'pod.ts');
    const words = [...NAMESPACES, process.execPath, ...process.execArgv, program, folder, envoy];
    const pod = spawn('unshare', words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const lab = new Lab(pod, folder);
    process.once('exit', lab.onExit);
    try {
      await lab.next();
    } catch (error) {
      await lab.close();
      throw error;
    }
    return lab;
  }

  private readonly onExit = (): void => this.kill();

  /** @throws Error when the experiment could not be made */
  async observe(experiment: Experiment): Promise<Observation> {
    const reply = this.next();
    this.pod.send({ experiment } satisfies PodMessage);
    const answer = await reply;
    if (!('observation' in answer)) throw new Error('the pod lost its thread');
    return answer.observation;
  }

  private next(): Promise<PodReply> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the namespaces ended with exit code ${code}`));
      this.pod.once('error', reject);
      this.pod.once('exit', ended);
      this.pod.once('message', (reply: PodReply) => {
        this.pod.removeListener('error', reject).removeListener('exit', ended);
        if ('failed' in reply) reject(new Error(reply.failed));
        else resolve(reply);
      });
    });
  }

  async close(): Promise<void> {
    if (this.pod.exitCode === null && this.pod.signalCode === null) {
      const ended = new Promise((resolve) => this.pod.once('exit', resolve));
      this.kill();
      await ended;
    }
    this.removeFolder();
    process.removeListener('exit', this.onExit);
  }

  /** For the end of this process: does not wait. */
  kill(): void {
    this.pod.kill('SIGKILL');
    this.removeFolder();
  }

  private removeFolder(): void {
    try {
      rmdirSync(this.folder);
    } catch {
      // somebody was faster; there is never anything in it but in the pod's own view
    }
  }
}
