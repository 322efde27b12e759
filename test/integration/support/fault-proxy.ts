import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.js';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What goes wrong, instead of or after the exchange with the real server. */
export type Fault =
  /** The connection ends before the server has seen the request. */
  | { readonly drop: 'request' }
  /** The server does what was asked, and the connection ends before the answer. */
  | { readonly drop: 'answer' }
  /** The connection ends in the middle of the answer. */
  | { readonly drop: 'half' }
  /** The proxy answers itself. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | object }
  /** The server gets another path. */
  | { readonly rewrite: (path: string) => string }
  /** The real answer comes later. */
  | { readonly delayMs: number };

export interface PlannedFault {
  readonly fault: Fault;
  /** Default: every request. */
  readonly when?: (request: SeenRequest) => boolean;
  /** How often; default once. */
  readonly times?: number;
}

/** A proxy in front of the API server, for what the real server does not do on demand. */
export interface FaultProxy {
  readonly url: string;
  /** All requests since the last `plan`, in the order of arrival. */
  readonly requests: SeenRequest[];
  /** Forgets earlier plans and requests. The first fault that fits a request and is not used up happens. */
  plan(...faults: readonly PlannedFault[]): void;
  close(): Promise<void>;
}

export async function startFaultProxy(control: ControlPlane): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  let planned: { readonly plan: PlannedFault; left: number }[] = [];
  // without TLS nobody would show it any credentials
  const certificate = control.authority.issue({ commonName: 'faults', names: ['127.0.0.1'] });
  const server = createServer(certificate, (incoming, outgoing) => {
    void serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const seen: SeenRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    requests.push(seen);
    const next = planned.find(({ plan, left }) => left > 0 && (plan.when?.(seen) ?? true));
    if (next) next.left--;
    const fault = next?.plan.fault;
    if (fault && 'drop' in fault && fault.drop === 'request') return void outgoing.destroy();
    if (fault && 'status' in fault) {
      const isText = typeof fault.body === 'string';
      const type = isText ? 'text/plain' : 'application/json';
      outgoing.writeHead(fault.status, { 'content-type': type, ...fault.headers });
      return void outgoing.end(isText ? fault.body : JSON.stringify(fault.body ?? {}));
    }
    if (fault && 'delayMs' in fault) await sleep(fault.delayMs, undefined, { ref: false });
    const path = fault && 'rewrite' in fault ? fault.rewrite(seen.path) : seen.path;
    const answer = await forward(control, { ...seen, path });
    if (fault && 'drop' in fault && fault.drop === 'answer') return void outgoing.destroy();
    outgoing.writeHead(answer.status, answer.headers);
    if (fault && 'drop' in fault) {
      outgoing.write(answer.body.subarray(0, answer.body.length / 2));
      await sleep(20);
      return void outgoing.destroy();
    }
    outgoing.end(answer.body);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    plan(...faults) {
      requests.length = 0;
      planned = faults.map((plan) => ({ plan, left: plan.times ?? 1 }));
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function forward(
  control: ControlPlane,
  { method, path, headers: sent, body }: SeenRequest,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const options = { method, ca: control.authority.cert, headers: { ...sent, connection: 'close' } };
    const outgoing = httpsRequest(control.url + path, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const headers = { ...answer.headers };
        delete headers.connection;
        delete headers['transfer-encoding'];
        resolve({ status: answer.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
