/** A program that starts a guarded daemon, prints its process id, and waits: for the test of the guard. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { guardDaemons, startDaemon } from './processes.js';

const folder = process.argv[2] ?? '';
const daemon = startDaemon('sleep', ['600'], join(folder, 'sleep.log'));
guardDaemons([daemon], folder);
process.stdout.write(`${daemon.pid}\n`);
await sleep(60_000);
