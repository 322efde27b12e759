import { createConnection, isIP } from 'node:net';
import type { Probe, Zone } from '../experiment.js';
import type { Sighting } from '../sighting.js';
import { SERVER_HEADER } from './messages.js';
import { finish } from './run.js';

/** How much longer than detection a client waits before it gives up. */
const PATIENCE_MILLISECONDS = 2500;

type Seen = Omit<Sighting, 'cluster'> & { readonly clientPort: number };

/** In front of what curl reports, which follows the last answer's body. */
const REPORT = '\n@observed@';

/** Runs real curl with the words of a target. */
export async function observeCurl(
  words: readonly string[],
  cwd: string,
  user: number,
  detectionSeconds: number,
): Promise<Seen> {
  const fields = ['exitcode', 'http_code', 'http_connect', 'local_port', 'time_connect', 'time_total'].map(
    (field) => `%{${field}}`,
  );
  const report = `${REPORT}${[...fields, `%header{${SERVER_HEADER}}`].join('\t')}`;
  const seconds = detectionSeconds * 2 + PATIENCE_MILLISECONDS / 1000;
  // its own answers go nowhere; the certificates of the servers outside are nobody's
  const ours = ['--silent', '--show-error', '--insecure', '--output', '/dev/null', '--max-time', String(seconds)];
  const started = Date.now();
  const { code, stdout, stderr } = await finish('curl', ['--disable', ...words, ...ours, '--write-out', report], {
    uid: user,
    gid: user,
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
  const at = stdout.lastIndexOf(REPORT);
  if (at < 0) return { ...nothing, exitCode: code, text: stderr.trim() };
  const [exitCode, status, connectStatus, port, connected, total, server = ''] = stdout
    .slice(at + REPORT.length)
    .split('\t');
  const [address, reachedAt] = server.trim().split(' ');
  return {
    exitCode: Number(exitCode),
    // what a proxy is asked before the request has an answer of its own
    status: Number(status) || Number(connectStatus),
    server: address || null,
    elapsed: (Number(total) - Number(connected)) * 1000,
    reachedAfter: reachedAt ? Number(reachedAt) - started - Number(connected) * 1000 : null,
    end: null,
    text: stderr.trim(),
    clientPort: Number(port),
  };
}

const nothing = {
  exitCode: null,
  status: 0,
  server: null,
  elapsed: 0,
  reachedAfter: null,
  end: null,
  text: '',
  clientPort: 0,
};

/** Bytes that are neither TLS nor HTTP. */
const GREETING = Buffer.from('\u0001observed?\r\n\r\n', 'latin1');

/** Opens a raw TCP connection and waits for the first word of the other side, after one of its own unless `silent`. */
export function observeTcp(
  probe: Extract<Probe, { kind: 'tcp' }>,
  zone: Zone,
  detectionSeconds: number,
): Promise<Seen> {
  const { host, port, silent } = probe;
  const name = host.toLowerCase();
  const address = isIP(host) > 0 ? host : Object.hasOwn(zone, name) ? zone[name]![0] : undefined;
  if (address === undefined) return Promise.resolve({ ...nothing, end: 'unresolved' });
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port });
    let [connectedAt, clientPort, text] = [0, 0, ''];
    const done = (end: NonNullable<Sighting['end']>): void => {
      clearTimeout(timer);
      socket.destroy();
      const elapsed = connectedAt ? Date.now() - connectedAt : 0;
      const [, server, at] = new RegExp(`^${SERVER_HEADER}: (\\S+) (\\d+)`).exec(text) ?? [];
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
      const reachedAfter = at ? Number(at) - connectedAt : null;
      resolve({ exitCode: null, status, server: server ?? null, elapsed, reachedAfter, end, text, clientPort });
    };
    const timer = setTimeout(() => done('silent'), detectionSeconds * 1000 + PATIENCE_MILLISECONDS);
    socket.once('connect', () => {
      connectedAt = Date.now();
      clientPort = socket.localPort ?? 0;
      if (!silent) socket.write(GREETING);
    });
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) done('answered');
    });
    socket.on('end', () => done('ended'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      done(error.code === 'ECONNREFUSED' && connectedAt === 0 ? 'refused' : 'ended');
    });
  });
}
