/** Runs the fake program as a process of its own: `node --import tsx fake-program-main.ts WORD…` */
import { main } from '../../src/lib/cli/main.js';
import { fakeProgram } from './fake-program.js';

const argv = process.argv.slice(2);
await main(argv, fakeProgram(argv));
