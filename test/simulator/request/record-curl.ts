/**
 * Records what the real curl puts on the wire for every line of curl-cases.txt, into curl-golden.json.
 *
 *   node --import tsx test/simulator/request/record-curl.ts
 *
 * Needs root, `unshare` and `ip`: it runs itself in a network of its own, where every address is this machine, so that
 * the address which curl dials shows. Nothing leaves the machine; a small name server gives each name below `example` an
 * address. Takes about a minute.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { splitShellWords } from '../../../src/lib/simulator/request/index.js';
import type { CurlGolden, GoldenCase } from './golden.js';

const self = fileURLToPath(import.meta.url);
const goldenFile = fileURLToPath(new URL('curl-golden.json', import.meta.url));
const insideFlag = '--inside';
const ports = [
  ...[80, 443, 8080, 8443, 65535],
  // what other protocols than HTTP go to
  ...[21, 22, 23, 25, 69, 70, 110, 143, 389, 445, 465, 554, 636, 990, 993, 995, 1883, 1935, 2628],
];

/** Starts this script again in a network and mount space of its own. */
function enter(): never {
  const script = [
    'ip link set lo up',
    'ip route add local default dev lo',
    'ip -6 route add local ::/0 dev lo',
    'd=$(mktemp -d)',
    'printf "nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n" > $d/resolv && mount --bind $d/resolv /etc/resolv.conf',
    'printf "127.0.0.1 localhost\\n" > $d/hosts && mount --bind $d/hosts /etc/hosts',
    `exec "${process.execPath}" --import tsx "${self}" ${insideFlag}`,
  ].join(' && ');
  const result = spawnSync('unshare', ['-nm', 'sh', '-c', script], { stdio: 'inherit' });
  process.exit(result.status ?? 1);
}

/** What arrived on the first connection of a case. */
interface Seen {
  address: string;
  port: number;
  tls?: { sni: string | null; alpn: string[] };
  wire?: string;
}

let seen: Seen | null = null;
const addressToName = new Map<string, string>();

/** Answers A queries for names below `example`, a new address for each name. */
function startNameServer(): void {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    let name = '';
    let i = 12;
    for (; query[i] !== 0; i += query[i]! + 1) name += `${query.toString('latin1', i + 1, i + 1 + query[i]!)}.`;
    const host = name.slice(0, -1).toLowerCase();
    const isA = query.readUInt16BE(i + 1) === 1;
    const known = /(^|\.)example$/.test(host);
    const answer = Buffer.concat([query.subarray(0, 12), query.subarray(12, i + 5)]);
    answer.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
    answer.writeUInt16BE(known && isA ? 1 : 0, 6);
    answer.writeUInt16BE(0, 8);
    answer.writeUInt16BE(0, 10);
    const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    if (known && isA) {
      const found = [...addressToName].find(([, known]) => known === host)?.[0];
      const address = found ?? `10.1.${addressToName.size >> 8}.${addressToName.size & 255}`;
      addressToName.set(address, host);
      record.set(address.split('.').map(Number), 12);
    }
    socket.send(known && isA ? Buffer.concat([answer, record]) : answer, from.port, from.address);
  });
  socket.bind(53, '127.0.0.1');
}

/** Server name and ALPN list of a TLS ClientHello. */
function readClientHello(data: Buffer): { sni: string | null; alpn: string[] } {
  const hello = { sni: null as string | null, alpn: [] as string[] };
  let i = 5 + 4 + 2 + 32;
  i += 1 + data[i]!;
  i += 2 + data.readUInt16BE(i);
  i += 1 + data[i]!;
  const end = i + 2 + data.readUInt16BE(i);
  for (i += 2; i < end;) {
    const type = data.readUInt16BE(i);
    const length = data.readUInt16BE(i + 2);
    const body = data.subarray(i + 4, i + 4 + length);
    if (type === 0) hello.sni = body.toString('latin1', 5, 5 + body.readUInt16BE(3));
    if (type === 16)
      for (let j = 2; j < length; j += 1 + body[j]!) hello.alpn.push(body.toString('latin1', j + 1, j + 1 + body[j]!));
    i += 4 + length;
  }
  return hello;
}

const http2Server = createHttp2Server();
http2Server.on('sessionError', () => undefined);
http2Server.on('stream', (stream: ServerHttp2Stream, _headers: unknown, _flags: number, rawHeaders: string[]) => {
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  if (seen && seen.wire === undefined) seen.wire = Buffer.from(lines.join('\n'), 'latin1').toString('utf8');
  stream.on('error', () => stream.destroy());
  if (stream.destroyed) return;
  stream.respond({ ':status': 200 });
  stream.end();
});

function onConnection(socket: Socket): void {
  const address = (socket.localAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
  const first = seen === null;
  if (first) seen = { address, port: socket.localPort! };
  let data = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  const onData = (chunk: Buffer): void => {
    data = Buffer.concat([data, chunk]);
    if (data[0] === 0x16) {
      if (data.length < 5 || data.length < 5 + data.readUInt16BE(3)) return;
      if (first) seen!.tls = readClientHello(data);
      socket.destroy();
    } else if (data.subarray(0, 3).toString() === 'PRI') {
      socket.removeListener('data', onData);
      socket.pause();
      socket.unshift(data);
      http2Server.emit('connection', socket);
    } else if (data.includes('\r\n\r\n')) {
      const head = data.subarray(0, data.indexOf('\r\n\r\n'));
      if (first && seen!.wire === undefined) seen!.wire = head.toString('utf8').replaceAll('\r\n', '\n');
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    }
  };
  socket.on('data', onData);
}

async function listen(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    createServer(onConnection).on('error', reject).listen(port, '::', resolve);
  });
}

function runCurl(args: readonly string[], cwd: string): Promise<number> {
  const env = { PATH: process.env['PATH'], HOME: cwd, LANG: 'C.UTF-8' };
  return new Promise((resolve) => {
    const child = spawn('curl', [...args], { cwd, env, stdio: ['ignore', 'ignore', 'ignore'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), 4000);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? -1);
    });
  });
}

/** The lines of curl-cases.txt by group. */
function readCases(): Map<string, string[]> {
  const text = readFileSync(new URL('curl-cases.txt', import.meta.url), 'utf8');
  const groups = new Map<string, string[]>();
  for (const section of text.split(/^(?=\[\w+\]$)/m).slice(1)) {
    const [heading, ...lines] = section.split('\n');
    groups.set(
      heading!.slice(1, -1),
      lines.filter((line) => line !== ''),
    );
  }
  return groups;
}

/** The documented options, as `-H --header VALUE` or `--compressed`. */
function listOptions(): string[] {
  const help = spawnSync('curl', ['--help', 'all']).stdout.toString();
  const lines = help.matchAll(/^ (?:(-.),| {3}) --(\S+)( [<[])?/gm);
  return [...lines].map(
    ([, letter, name, argument]) => `${letter ? `${letter} ` : ''}--${name}${argument ? ' VALUE' : ''}`,
  );
}

/** A case as the golden file keeps it; random parts are replaced by zeros. */
function toGolden(args: string[], exit: number): GoldenCase {
  if (!seen) return { args, exit };
  const name = addressToName.get(seen.address);
  const host = name ?? seen.address;
  const to = `${host.includes(':') ? `[${host}]` : host}:${seen.port}`;
  const wire = seen.wire?.replace(/(boundary=-+)[0-9a-f]{16}/, `$1${'0'.repeat(16)}`);
  return { args, exit, to, ...(seen.tls && { tls: seen.tls }), ...(wire !== undefined && { wire }) };
}

async function record(): Promise<void> {
  startNameServer();
  for (const port of ports) await listen(port);
  const cwd = mkdtempSync(join(tmpdir(), 'record-curl-'));
  writeFileSync(join(cwd, 'body.txt'), 'a\nb\nc');
  writeFileSync(join(cwd, 'a b'), 'x');
  writeFileSync(join(cwd, 'empty.txt'), '');
  writeFileSync(join(cwd, 'headers.txt'), 'x-from: file\n');
  writeFileSync(join(cwd, 'cookies.txt'), 'Set-Cookie: a=b; domain=httpbin.example\n');
  const curl = spawnSync('curl', ['--version']).stdout.toString().split('\n')[0]!;
  const golden: CurlGolden = { curl, options: listOptions(), groups: {} };
  for (const [group, lines] of readCases()) {
    const cases: GoldenCase[] = [];
    for (const line of lines) {
      const args = splitShellWords(line).slice(1);
      seen = null;
      const exit = await runCurl(args, cwd);
      cases.push(toGolden(args, exit));
    }
    golden.groups[group] = cases;
    console.error(`${group}: ${cases.length}`);
  }
  rmSync(cwd, { recursive: true });
  writeFileSync(goldenFile, await format(JSON.stringify(golden), { parser: 'json', printWidth: 120 }));
  console.error(`${readFileSync(goldenFile).length} bytes`);
  process.exit(0);
}

if (process.argv.includes(insideFlag)) await record();
else enter();
