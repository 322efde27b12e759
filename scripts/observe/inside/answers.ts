import type { Socket } from 'node:net';
import { SERVER_HEADER } from './messages.js';

/**
 * Answers to requests of every sort, for servers that take whatever a proxy lets through: real HTTP servers refuse many an odd
 * request, and what they think of it is not the question.
 */

/** Whole requests come in one go; a body may follow its head. */
const QUIET_MILLISECONDS = 20;

/** HTTP/1: one answer to a connection, when a head is there and nothing more comes. */
export function answerHttp1(socket: Socket, signature: string): void {
  let received = '';
  let timer: NodeJS.Timeout | undefined;
  const head = `HTTP/1.1 200 OK\r\n${SERVER_HEADER}: ${signature}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
  socket.on('data', (bytes) => {
    received = (received + bytes.toString('latin1')).slice(-1_000_000);
    clearTimeout(timer);
    if (/\r?\n\r?\n/.test(received)) timer = setTimeout(() => socket.end(head), QUIET_MILLISECONDS);
  });
  socket.once('close', () => clearTimeout(timer));
}

export const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const FRAME_HEAD = 9;
const HEADERS = 1;
const SETTINGS = 4;
const PING = 6;
const CONTINUATION = 9;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
/** `:status: 200` in HPACK's static table. */
const STATUS_200 = 0x88;

/** HTTP/2 (RFC 9113): every stream is answered when the fields of its request are there, without looking at them. */
export function answerHttp2(socket: Socket, signature: string): void {
  let pending = Buffer.alloc(0);
  let prefaced = false;
  socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  socket.on('data', (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    if (!prefaced && pending.length < HTTP2_PREFACE.length) return;
    if (!prefaced) pending = pending.subarray(HTTP2_PREFACE.length);
    prefaced = true;
    while (pending.length >= FRAME_HEAD && pending.length >= FRAME_HEAD + pending.readUIntBE(0, 3)) {
      const end = FRAME_HEAD + pending.readUIntBE(0, 3);
      const [type, flags, stream] = [pending[3]!, pending[4]!, pending.readUInt32BE(5) & 0x7fffffff];
      if (type === SETTINGS && !(flags & ACK)) socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
      if (type === PING && !(flags & ACK)) socket.write(frame(PING, ACK, 0, pending.subarray(FRAME_HEAD, end)));
      if ((type === HEADERS || type === CONTINUATION) && flags & END_HEADERS) {
        socket.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, responseFields(signature)));
      }
      pending = pending.subarray(end);
    }
  });
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Status and signature, as literals that nobody has to remember (RFC 7541, 6.2.2). */
function responseFields(signature: string): Buffer {
  const [name, value] = [Buffer.from(SERVER_HEADER), Buffer.from(signature)];
  return Buffer.concat([Buffer.from([STATUS_200, 0, name.length]), name, Buffer.from([value.length]), value]);
}
