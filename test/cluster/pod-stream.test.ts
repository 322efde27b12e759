import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { PodStream } from '../../src/lib/cluster/connection/pod-stream.js';
import { ClusterError } from '../../src/lib/errors.js';

describe('a connection to a port of a pod', () => {
  it('that ends while something is written tells why it ended, and not that nothing could be written', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(socket, 'open');
    const stream = new PodStream('pod n/p', 80, Infinity);
    stream.open(socket);
    socket.close();
    await new Promise<void>((resolve, reject) => stream.write('late', (error) => (error ? reject(error) : resolve())));
    const error = once(stream, 'error');
    stream.ended(new ClusterError('the API server closed the connection'));
    assert.equal(((await error) as [Error])[0].message, 'the API server closed the connection');
    await once(socket, 'close');
    server.close();
  });
});
