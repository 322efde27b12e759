import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Certificate } from './certificates.js';

/** A proxy that tunnels every connection to one place, whatever the client asks for. */
export interface Tunnel {
  readonly port: number;
  /** `host:port` of each connection that was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Refuse clients that do not send this `user:password`. */
  readonly login?: string;
  /** Answer every CONNECT with this status. */
  readonly refuse?: number;
  /** Take connections and never answer. */
  readonly silent?: boolean;
  /** Speak TLS with the client, with this certificate. */
  readonly certificate?: Certificate;
}

/** An HTTP proxy that knows CONNECT. */
export async function startConnectProxy(targetPort: number, options: ConnectProxyOptions = {}): Promise<Tunnel> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: HttpServer = options.certificate
    ? createHttpsServer({ cert: options.certificate.cert, key: options.certificate.key })
    : createHttpServer();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(request.url ?? '');
    client.on('error', () => undefined);
    if (options.silent) return;
    const login = options.login && `Basic ${Buffer.from(options.login).toString('base64')}`;
    if (login && request.headers['proxy-authorization'] !== login) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
    } else if (options.refuse) {
      client.end(`HTTP/1.1 ${options.refuse} Refused\r\n\r\n`);
    } else {
      const target = connect(targetPort, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        join(client, target);
      });
      sockets.add(target);
      target.on('error', () => client.destroy());
    }
  });
  return listen(server, asked, sockets);
}

/** A SOCKS5 proxy (RFC 1928) without login, for names and IPv4 addresses. */
export async function startSocksProxy(targetPort: number): Promise<Tunnel> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request: Buffer) => {
        const isName = request[3] === 3;
        const end = isName ? 5 + (request[4] ?? 0) : 8;
        const host = isName ? request.subarray(5, end).toString('ascii') : [...request.subarray(4, 8)].join('.');
        asked.push(`${host}:${request.readUInt16BE(end)}`);
        const target = connect(targetPort, '127.0.0.1', () => {
          client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          join(client, target);
        });
        sockets.add(target);
        target.on('error', () => client.destroy());
      });
    });
  });
  return listen(server, asked, sockets);
}

function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
}

async function listen(server: Server, asked: string[], sockets: ReadonlySet<Socket>): Promise<Tunnel> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
