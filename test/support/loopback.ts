import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

import { afterEach } from 'mocha';

/** What tests have begun, and a hook that ends it after each of them, whether it passed or not. For the top of a test file. */
export function endAfterEach(): (() => unknown)[] {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  return ends;
}

/**
 * Starts a server on loopback, at a port that is free unless one is given.
 * @param ends where to put what closes it, with its connections
 * @returns the port
 */
export async function listenOn(server: Server, ends: (() => unknown)[], port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
