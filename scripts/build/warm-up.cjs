'use strict';

// Run by the build, in a process of its own: runs typical command lines in the bundle, then stores V8's compiled code of each
// bundle file. Doing so afterwards puts the functions that the commands really use into the cache.
// Arguments: a JSON list of command lines, each a list of words.

const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, dirname } = require('node:path');
const v8 = require('node:v8');

const { load, scripts, caches, alignedLength, root } = require('../../bin/run.js');

// The cache should hold the bytecode of all that ran: not dropped since, and without the marks of functions that got hot here,
// which cost the next start 3 of 40 ms. V8 compares its flags with those of the cache, so they are put back before storing.
const features = ['flush-bytecode', 'sparkplug', 'opt'];

async function warmUp(commandLines) {
  for (const feature of features) v8.setFlagsFromString(`--no-${feature}`);
  for (const argv of commandLines) await load('./main.js').run(argv, root);
  for (const feature of features) v8.setFlagsFromString(`--${feature}`);
  process.exitCode = 0;
}

function store() {
  mkdirSync(caches, { recursive: true });
  for (const [file, script] of scripts) {
    const source = readFileSync(join(dirname(caches), file));
    const padding = Buffer.alloc(alignedLength(source) - source.length);
    writeFileSync(join(caches, file), Buffer.concat([source, padding, script.createCachedData()]));
  }
}

void warmUp(JSON.parse(process.argv[2])).then(store);
