#!/usr/bin/env node
'use strict';

// Starts osm-ts: runs the bundle in dist/bundle, a few files, with V8's compiled code of them from earlier runs (code-cache.js).
// CommonJS, because Node.js 20 starts it 4 ms faster than an ES module.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const { CodeCache } = require('./code-cache.js');

// Newer versions of Node.js deprecate what packages use; whoever runs osm-ts can do nothing about it.
process.noDeprecation = true;

const root = join(__dirname, '..');
const bundle = join(root, 'dist', 'bundle');

/** Files of the bundle that are loaded → their source, script, and whether V8 took the script's code from the cache. */
const scripts = new Map();
let cache;

/** The script of a bundle file, compiled once. */
function scriptOf(file) {
  const known = scripts.get(file);
  if (known) return known.script;
  const source = readFileSync(join(bundle, file));
  // The build begins the main file, which is loaded first, with a comment that names the build.
  cache ??= new CodeCache(source.latin1Slice(2, 18), process.env);
  const cachedData = cache.read(file, source);
  // The build makes each file one expression, in ASCII, so that Latin-1, the fastest, decodes it. The name is what stack traces
  // show, and is stored with the code: the same wherever the package is.
  const script = new Script(source.latin1Slice(), { filename: `osm-ts/${file}`, cachedData });
  scripts.set(file, { source, script, cached: cachedData !== undefined && !script.cachedDataRejected });
  return script;
}

/** The modules of the bundle, none of which has run. Within a process there may be several such programs, one after another. */
class Program {
  /** Modules in the files that are loaded, `./main.js` for one → the functions that run them. */
  functions = {};
  /** Modules that have run → what they export. */
  modules = new Map();

  /** Runs a module, once, and returns its exports. It is in the file of its name, if not in one loaded before. */
  load(name) {
    const known = this.modules.get(name);
    if (known) return known.exports;
    if (!(name in this.functions)) {
      Object.assign(this.functions, scriptOf(`${name.slice('./'.length, -'js'.length)}cjs`).runInThisContext());
    }
    const module = { exports: {} };
    this.modules.set(name, module);
    this.functions[name](module.exports, (id) => (id.startsWith('./') ? this.load(id) : require(id)), module);
    return module.exports;
  }

  /** Runs a command line, and sets `process.exitCode`. */
  run(argv) {
    return this.load('./main.js').run(argv, root);
  }
}

function start() {
  const program = new Program();
  process.on('uncaughtException', (error) => {
    process.exitCode = 70;
    const fail = program.modules.get('./main.js')?.exports.fail;
    if (fail) fail(error, { version: require('../package.json').version }, process.argv.includes('--verbose'));
    else if (error.code !== 'ENOENT') console.error(error);
    else console.error(`error: osm-ts is not built: ${error.path} is missing; npm run build makes it`);
    process.exit();
  });
  process.on('exit', (code) => {
    if (code !== 70) cache?.update(scripts, [...program.modules.keys()]);
  });
  return program.run(process.argv.slice(2));
}

if (require.main === module) void start();
else module.exports = { Program };
