'use strict';

// Run by the build, in a process of its own: runs typical command lines in the bundle, then stores V8's compiled code of each
// bundle file. Doing so afterwards puts the functions that the commands really use into the cache.
// Arguments: a JSON list of command lines, each a list of words.

const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, dirname } = require('node:path');

const { load, loaded, caches, alignedLength, root } = require('../../bin/run.js');

async function warmUp(commandLines) {
  const write = [process.stdout.write, process.stderr.write];
  process.stdout.write = process.stderr.write = () => true;
  for (const argv of commandLines) await load('main.cjs').run(argv, root);
  [process.stdout.write, process.stderr.write] = write;
  process.exitCode = 0;
}

function store() {
  mkdirSync(caches, { recursive: true });
  for (const [name, { script }] of loaded) {
    const source = readFileSync(join(dirname(caches), name));
    const padding = Buffer.alloc(alignedLength(source) - source.length);
    writeFileSync(join(caches, name), Buffer.concat([source, padding, script.createCachedData()]));
  }
}

void warmUp(JSON.parse(process.argv[2])).then(store);
