import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ClusterError, UsageError } from '../../errors.js';
import { oneLine } from './answers.js';
import { after } from './timers.js';
import { closeSoon } from './web-socket.js';

/**
 * How long to wait for more from a pod after the local side has said that it sends no more: the protocol cannot tell the
 * pod, and so some pods never end their side.
 */
const lingerMs = 10_000;
const maxConnections = 1000;

/** One connection of a port-forward as a stream, in step with both sides. */
export class PodStream extends Duplex {
  #socket: WebSocket | undefined;
  /** The other side has said that the port cannot be reached. */
  isRefused = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(
    readonly where: string,
    readonly port: number,
  ) {
    super({ allowHalfOpen: false });
    // Whoever waits for an answer gets the failure from there; nobody else may be listening yet.
    this.on('error', () => undefined);
  }

  open(socket: WebSocket): void {
    this.#socket = socket;
    if (this.destroyed) socket.terminate();
  }

  received(bytes: Buffer): void {
    this.#linger?.refresh();
    if (!this.destroyed && !this.push(bytes)) this.#socket?.pause();
  }

  /** The other side's words on why the port cannot be reached. */
  refused(words: string): void {
    if (words === '') return;
    this.isRefused = true;
    const listens = !/connection refused/i.test(words);
    const message = listens
      ? `port ${this.port} of ${this.where} cannot be reached: ${oneLine(words).slice(0, 300)}`
      : `nothing listens on port ${this.port} of ${this.where}`;
    this.destroy(new ClusterError(message, lookAtLog));
  }

  ended(reason: ClusterError | undefined): void {
    if (reason) this.destroy(reason);
    else this.push(null);
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // What is written while the connection ends is lost, and `ended` tells why.
    this.#socket?.send(Buffer.concat([Buffer.of(0), chunk]), () => done());
  }

  override _final(done: () => void): void {
    this.#linger = after(lingerMs, () => this.destroy());
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#linger);
    if (this.#socket) closeSoon(this.#socket);
    done(error);
  }
}

export const lookAtLog = 'check that the container runs and listens there; its log may say why';

/** Carries bytes both ways between a local connection and a pod, until either ends. */
export async function join(
  socket: Socket,
  open: () => Promise<Duplex>,
  onError: ((error: Error) => void) | undefined,
): Promise<void> {
  const report = (error: unknown): void => {
    socket.destroy();
    onError?.(error as Error);
  };
  try {
    const stream = await open();
    stream.on('error', report);
    socket.on('close', () => stream.destroy());
    stream.on('close', () => socket.end());
    if (socket.destroyed) stream.destroy();
    socket.pipe(stream);
    stream.pipe(socket);
  } catch (error) {
    report(error);
  }
}

/** Opens a local port. Throws `UsageError` when it cannot be had. */
export async function listenOn(address: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, accept);
  server.maxConnections = maxConnections;
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      const reason = { EADDRINUSE: 'is in use', EACCES: 'is for privileged programs' }[error.code ?? ''];
      reject(
        new UsageError(
          `the local port ${port} ${reason ?? `cannot be had: ${error.message}`}`,
          'choose another local port, or none for any that is free',
          { cause: error },
        ),
      );
    });
    server.listen(port, address, () => resolve(server));
  });
}
