/**
 * The world outside the mesh, in a network namespace of its own: servers that listen at every address there is, on the ports that
 * they are told, and answer with the address at which they were reached. By a client's first bytes they speak TLS, HTTP/1, HTTP/2
 * or raw TCP; to a client that is silent they speak first.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority } from '../../../test/integration/support/certificates.js';
import { answerHttp1, answerHttp2, HTTP2_PREFACE } from './answers.js';
import { SERVER_HEADER, type OutsideMessage, type OutsideReply } from './messages.js';
import { run } from './run.js';

/** A client that says nothing for this long waits for the server's first word. */
const SILENCE_MILLISECONDS = 500;
const TLS_HANDSHAKE = 0x16;
const PROXY_LINE = 'PROXY ';

/** When connections were opened, by their two ends: TLS hands out sockets that stand for others. */
const openedAt = new Map<string, number>();

function addressOf(socket: Socket): string {
  return `${(socket.localAddress ?? '').replace(/^::ffff:/, '')}:${socket.localPort}`;
}

const endsOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort} ${addressOf(socket)}`;

/** By what a client knows who answered, and when it was connected. */
function signatureOf(socket: Socket): string {
  return `${addressOf(socket)} ${openedAt.get(endsOf(socket)) ?? 0}`;
}

const certificate = createAuthority('osm-ts observe').issue({ commonName: 'outside', names: ['outside.invalid'] });
// agrees to whatever protocol a client offers: what is inside tells by itself
const ALPNCallback = ({ protocols }: { protocols: string[] }) => (protocols.includes('h2') ? 'h2' : protocols[0]);
const tls = createTlsServer({ ...certificate, ALPNCallback }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', (bytes: Buffer) => answer(socket, bytes));
});
tls.on('tlsClientError', () => undefined);

function take(socket: Socket): void {
  const ends = endsOf(socket);
  openedAt.set(ends, Date.now());
  const speakFirst = setTimeout(() => speak(socket), SILENCE_MILLISECONDS);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    clearTimeout(speakFirst);
    openedAt.delete(ends);
  });
  socket.once('data', (bytes: Buffer) => {
    clearTimeout(speakFirst);
    hear(socket, bytes);
  });
}

/** A client's first bytes. A line of the PROXY protocol only goes before what it has to say. */
function hear(socket: Socket, bytes: Buffer): void {
  if (bytes.toString('latin1', 0, PROXY_LINE.length) === PROXY_LINE) {
    const end = bytes.indexOf('\n');
    const rest = bytes.subarray(end < 0 ? bytes.length : end + 1);
    if (rest.length > 0) hear(socket, rest);
    else socket.once('data', (more: Buffer) => hear(socket, more));
  } else if (bytes[0] === TLS_HANDSHAKE) {
    socket.pause();
    socket.unshift(bytes);
    tls.emit('connection', socket);
  } else answer(socket, bytes);
}

/** Answers in the protocol of a client's first bytes. */
function answer(socket: Socket, bytes: Buffer): void {
  const signature = signatureOf(socket);
  if (HTTP2_PREFACE.startsWith(bytes.toString('latin1', 0, HTTP2_PREFACE.length))) answerHttp2(socket, signature);
  else if (/^[!-~]/.test(bytes.toString('latin1', 0, 1))) answerHttp1(socket, signature);
  else {
    speak(socket);
    return;
  }
  socket.emit('data', bytes);
}

function speak(socket: Socket): void {
  socket.end(`${SERVER_HEADER}: ${signatureOf(socket)}\n`);
}

const listening = new Map<number, Server>();

async function listen(port: number): Promise<void> {
  if (listening.has(port)) return;
  const server = createServer({ noDelay: true }, take);
  listening.set(port, server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '::', backlog: 1024 }, resolve);
  });
}

/** To nobody, when the other side has just ended. */
const reply = (message: OutsideReply) => process.send!(message, () => undefined);

process.on('message', (message: OutsideMessage) => {
  void (async () => {
    try {
      if ('route' in message) {
        await run('ip', ['route', 'replace', `${message.route}/32`, 'dev', 'pod', 'table', 'local']);
      } else await Promise.all(message.ports.map(listen));
      reply({ done: true });
    } catch (error) {
      reply({ failed: String(error) });
    }
  })();
});
process.on('disconnect', () => process.exit());
reply({ done: true });
