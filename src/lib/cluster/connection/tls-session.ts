import { createHash } from 'node:crypto';
import { Agent } from 'node:https';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { ConnectionOptions, DetailedPeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import type { OwnFiles } from '../../own-files.js';
import { TransportError } from './transport.js';

/** For how long at most a server's certificate is not looked at again, in milliseconds. */
const trustedMs = 3_600_000;

/** PEM. */
export interface Certificates {
  /** Who vouches for the server. */
  readonly ca?: Buffer | string | undefined;
  /** The client's own, and its key. */
  readonly cert?: Buffer | string | undefined;
  readonly key?: Buffer | string | undefined;
}

/** What the file of a session says; without a session the server does not take its sessions up again. */
interface Kept {
  /** Until when it holds, in milliseconds since the epoch. */
  readonly until: number;
  /** As OpenSSL writes it, in Base64. */
  readonly session?: string;
}

/** The TLS session of one server, one set of authorities and one client certificate, from one run to the next. */
class KeptSession {
  private readonly name: string;
  private kept: Kept | undefined;

  constructor(
    private readonly files: OwnFiles | undefined,
    identity: readonly (Uint8Array | string | undefined)[],
  ) {
    const parts = JSON.stringify(identity.map((part) => part?.toString()));
    this.name = `tls-${createHash('sha256').update(parts).digest('hex').slice(0, 32)}`;
    this.kept = readKept(files?.read(this.name));
  }

  /** Undefined where there is none that could be taken up. */
  get session(): Buffer | undefined {
    return this.kept?.session === undefined ? undefined : Buffer.from(this.kept.session, 'base64');
  }

  /** The server has not taken the session up. It may not do so at all, or be several: this is not tried again for a while. */
  refused(): void {
    this.keep({ until: Date.now() + trustedMs });
  }

  /** Keeps the session of a connection whose certificates were looked at and found good, unless there was one before. */
  learn(socket: TLSSocket): void {
    socket.once('session', (session) => {
      if (this.kept || !socket.authorized) return;
      this.keep({ until: Math.min(Date.now() + trustedMs, endOfChain(socket)), session: session.toString('base64') });
    });
  }

  private keep(kept: Kept): void {
    this.kept = kept;
    this.files?.write(this.name, Buffer.from(JSON.stringify(kept)));
  }
}

function readKept(bytes: Buffer | undefined): Kept | undefined {
  try {
    const kept = JSON.parse(String(bytes)) as Kept;
    // further away than it can have been set: the clock was wrong then, or is now
    const ahead = kept.until - Date.now();
    return ahead > 0 && ahead <= trustedMs ? kept : undefined;
  } catch {
    return undefined;
  }
}

type Done = (error: Error | null, stream: Duplex) => void;

/** When the first of the certificates ends that vouch for the server, in milliseconds since the epoch. */
function endOfChain(socket: TLSSocket): number {
  const ends: number[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next) {
    ends.push(Date.parse(next.valid_to));
    // a root vouches for itself
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return Math.min(...ends);
}

/**
 * Connections that take up the TLS session of an earlier run, whose certificates were looked at then. Any look at a certificate makes
 * Node.js 20 read its own 140 authorities first, which takes a third of a short command (docs/decisions/own-transport.md). When
 * the server does not take the session up, nothing was sent yet, and a new connection looks at everything.
 */
export class ResumingAgent extends Agent {
  private readonly session: KeptSession;
  private context: SecureContext | undefined;

  /** @param server - as the kubeconfig names it */
  constructor(
    options: AgentOptions,
    private readonly certificates: Certificates,
    server: string,
    files: OwnFiles | undefined,
  ) {
    super(options);
    const { ca, cert, key } = certificates;
    // sessions are written by OpenSSL, which another Node.js has another version of
    this.session = new KeptSession(files, [process.version, server, options.servername, ca, cert, key]);
  }

  override createConnection(options: RequestOptions, done: Done): ReturnType<Agent['createConnection']> {
    const { session } = this.session;
    if (!session) return this.connectAnew(options);
    // without authorities no certificate is good
    const socket = this.open(options, { ca: [], session });
    // Whoever gives up meanwhile knows nothing of this socket, which must not keep the process.
    socket.unref();
    let reached = false;
    const settle = (error?: Error): void => {
      end();
      if (!error && socket.isSessionReused()) return done(null, socket.ref());
      drop();
      if (!reached) return done(error as Error, undefined as never);
      this.session.refused();
      try {
        done(null, this.connectAnew(options));
      } catch (failure) {
        done(failure as Error, undefined as never);
      }
    };
    const end = (): void => void socket.off('secureConnect', settle).off('error', settle).off('timeout', drop);
    const drop = (): void => void socket.on('error', () => undefined).destroy();
    socket.once('connect', () => (reached = true));
    // by that time the request has failed, by the same limit
    socket.on('secureConnect', settle).on('error', settle).on('timeout', drop);
    return undefined;
  }

  private open(options: RequestOptions, tls: ConnectionOptions): TLSSocket {
    return super.createConnection({ ...options, ...(tls as object) }) as TLSSocket;
  }

  private connectAnew(options: RequestOptions): TLSSocket {
    this.context ??= contextOf(this.certificates);
    const socket = this.open(options, { secureContext: this.context });
    this.session.learn(socket);
    return socket;
  }
}

/** @throws TransportError where the certificates cannot be used */
export function contextOf(certificates: Certificates): SecureContext {
  try {
    return createSecureContext(certificates);
  } catch (error) {
    const { message, code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    throw new TransportError(message, code, false, { cause: error });
  }
}
