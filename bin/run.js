#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

const { main } = await import('../dist/lib/cli/main.js');
await main(process.argv.slice(2), fileURLToPath(import.meta.url));
