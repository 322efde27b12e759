import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { Zone } from '../experiment.js';

const A = 1;
const AAAA = 28;
const NO_SUCH_NAME = 3;

/** A name server that knows the names of a zone and denies all others. RFC 1035, as far as stub resolvers use it. */
export class NameServer {
  private readonly socket: Socket = createSocket('udp4');
  zone: Zone = {};

  async listen(address: string, port: number): Promise<void> {
    this.socket.on('message', (query, from) => {
      const answer = this.answer(query);
      if (answer) this.socket.send(answer, from.port, from.address);
    });
    await new Promise<void>((resolve, reject) => {
      this.socket.once('error', reject);
      this.socket.bind(port, address, resolve);
    });
  }

  private answer(query: Buffer): Buffer | undefined {
    const question = readQuestion(query);
    if (!question) return undefined;
    const { name, type, end } = question;
    const known = Object.hasOwn(this.zone, name) ? this.zone[name] : undefined;
    const records = (known ?? [])
      .filter((address) => (isIPv4(address) ? A : AAAA) === type)
      .map((address) => record(type, addressBytes(address)));
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180 | (known ? 0 : NO_SUCH_NAME), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    return Buffer.concat([header, query.subarray(12, end), ...records]);
  }
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  const labels: string[] = [];
  let at = 12;
  while (at < query.length && query[at]! > 0) {
    const length = query[at]!;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > query.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** An answer for the name of the question, valid for one second. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, data.length]);
  return Buffer.concat([head, data]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const halves = address.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [front, back = []] = halves as [string[], string[]?];
  const words =
    halves.length === 1 ? front : [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex');
}
