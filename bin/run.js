#!/usr/bin/env node
'use strict';

// Starts osm-ts. Where `npm run build` has put a bundle into dist/bundle, that is run: few files, and V8's compiled code beside
// them (a code cache), which is twice as fast as loading a few hundred modules. Otherwise dist/ is run as oclif does it.
// CommonJS, because Node.js 20 starts it 4 ms faster than an ES module.

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

// Newer versions of Node.js deprecate what packages use; whoever runs osm-ts can do nothing about it.
process.noDeprecation = true;

const root = join(__dirname, '..');
const bundle = join(root, 'dist', 'bundle');
/** Code caches fit one version of Node.js on one kind of machine. */
const caches = join(bundle, `cache-${process.version}-${process.platform}-${process.arch}`);

/** Files of the bundle that are loaded → their scripts. */
const scripts = new Map();
/** Modules of those files, `./main.js` for one → the functions that run them. */
const functions = {};
/** Modules that have run → what they export. */
const modules = new Map();

/** Runs a module of the bundle, once, and returns its exports. It is in the file of its name, if not in one loaded before. */
function load(name) {
  const known = modules.get(name);
  if (known) return known.exports;
  if (!(name in functions)) Object.assign(functions, readFunctions(name.replace(/js$/, 'cjs')));
  const module = { exports: {} };
  modules.set(name, module);
  functions[name](module.exports, requireFromBundle, module);
  return module.exports;
}

function requireFromBundle(id) {
  return id.startsWith('./') ? load(id) : require(id);
}

/** The functions in a file of the bundle. */
function readFunctions(file) {
  const filename = join(bundle, file);
  const source = readFileSync(filename);
  // The build makes each file one expression, in ASCII, so that Latin-1, the fastest, decodes it.
  const script = new Script(source.latin1Slice(), { filename, cachedData: cachedCode(file, source) });
  scripts.set(file, script);
  return script.runInThisContext();
}

/**
 * V8's code cache of a bundle file, or undefined when there is none that fits. V8 checks its own version and the length of
 * the source, not its text, so the cache file begins with a copy of the source that it was made from.
 */
function cachedCode(file, source) {
  let cache;
  try {
    cache = readFileSync(join(caches, file));
  } catch {
    return undefined;
  }
  const start = alignedLength(source);
  return source.equals(cache.subarray(0, source.length)) ? cache.subarray(start) : undefined;
}

/** V8 wants its data to begin at a multiple of eight. */
function alignedLength(source) {
  return Math.ceil(source.length / 8) * 8;
}

async function start() {
  let fail;
  process.on('uncaughtException', (error) => {
    process.exitCode = 70;
    if (fail) fail(error, { version: require('../package.json').version }, process.argv.includes('--verbose'));
    else console.error(error);
    process.exit();
  });
  const argv = process.argv.slice(2);
  if (existsSync(join(bundle, 'main.cjs'))) {
    const main = load('./main.js');
    fail = main.fail;
    await main.run(argv, root);
  } else {
    const main = await import('../dist/lib/cli/main.js');
    fail = main.fail;
    await main.main(argv, root);
  }
}

if (require.main === module) void start();
else module.exports = { load, scripts, caches, alignedLength, root };
