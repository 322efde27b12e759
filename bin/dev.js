#!/usr/bin/env node
'use strict';

// Runs osm-ts from its sources, for development.

async function start() {
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import('../src/lib/cli/main.ts');
  const { sourceOptions } = await import('../scripts/build/source-commands.ts');
  await main(process.argv.slice(2), await sourceOptions());
}

void start();
