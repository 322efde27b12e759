#!/usr/bin/env node
'use strict';

// Starts osm-ts: runs the bundle in dist/bundle, a few files, with V8's compiled code of them, which is kept between runs: half of
// a start is compiling. CommonJS, because Node.js 20 starts it 4 ms faster than an ES module; one file, because a second takes 1 ms.
//
// Why the cache is not in the package, what is trusted, and what it is worth: docs/decisions/code-cache.md. Whoever can write its
// file can run code as the user. So it is in a folder of the user's own, and where somebody else owns the folder or the file, or
// may write one of them, it is not used. Links are not followed. The same holds for what the program itself keeps there (`ownFiles`).
//
// The file of the cache: the length of the header as eight digits; the header, JSON; for each script a copy of its source, then V8's data.

const { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readSync } = require('node:fs');
const { isAbsolute, join } = require('node:path');
const { Script } = require('node:vm');

// Newer versions of Node.js deprecate what packages use; whoever runs osm-ts can do nothing about it.
process.noDeprecation = true;

const root = join(__dirname, '..');
const bundle = join(root, 'dist', 'bundle');

/** A run that takes longer does not store its code: V8 has dropped functions that were not used lately. In seconds. */
const SHORT_RUN = 5;

/** More than the header has, so that one reading gets it. In bytes. */
const FIRST_READ = 16_384;

/** Where caches are: absolute path, or undefined where there is no such place, or no owners of files, as on Windows. */
function cacheFolder({ XDG_CACHE_HOME: xdg, HOME: home, NODE_DISABLE_COMPILE_CACHE: disabled }) {
  if (disabled || !process.geteuid || process.geteuid() !== process.getuid()) return undefined;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'osm-ts');
  return home && isAbsolute(home) ? join(home, '.cache', 'osm-ts') : undefined;
}

/** The user's own, and nobody else may write it. */
function isOwn({ uid, mode }) {
  return uid === process.geteuid() && (mode & 0o022) === 0;
}

/** @returns whether it is a folder of the user's own; false as well when there is none */
function isOwnFolder(path) {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.isDirectory() && isOwn(stats);
}

/**
 * Opens a file that nobody but the user can have written, for reading. It stays open until the process ends.
 * @returns its descriptor, or undefined where the folder or the file is somebody else's
 * @throws Error where there is none
 */
function openOwn(folder, name) {
  if (!isOwnFolder(folder)) return undefined;
  // Not to wait for a pipe that somebody has put there.
  const descriptor = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = fstatSync(descriptor);
  return stats.isFile() && stats.nlink === 1 && isOwn(stats) ? descriptor : undefined;
}

/** What the program keeps from one run to the next, in the folder of the cache and as safe (src/lib/own-files.ts). */
const ownFiles = {
  read(name) {
    try {
      const descriptor = openOwn(cacheFolder(process.env), name);
      if (descriptor === undefined) return undefined;
      const bytes = readFileSync(descriptor);
      closeSync(descriptor);
      return bytes;
    } catch {
      return undefined;
    }
  },
  write(name, bytes) {
    try {
      require('./cache-store.js').storeFile(cacheFolder(process.env), name, () => bytes);
    } catch {
      // As for the cache: what cannot be kept is found out again.
    }
  },
};

/** Each part of the file begins at a multiple of eight, as V8 wants its data. */
function aligned(length) {
  return Math.ceil(length / 8) * 8;
}

class CodeCache {
  /** What the file has: for each script where it begins and the lengths of source and data; and the modules that ran. */
  header = { scripts: {}, modules: [] };

  /**
   * The cache of one build of osm-ts on this Node.js and machine.
   * @param build names the build: 16 hexadecimal digits
   */
  constructor(build, env) {
    this.folder = cacheFolder(env);
    this.name = `${build}-${process.version}-${process.platform}-${process.arch}`;
    try {
      this.#open();
    } catch {
      // There is none yet, or it is not what it should be.
    }
  }

  #open() {
    const descriptor = openOwn(this.folder, this.name);
    if (descriptor === undefined) return;
    let start = Buffer.allocUnsafeSlow(FIRST_READ);
    start = start.subarray(0, readSync(descriptor, start, 0, start.length, 0));
    const { scripts, modules } = JSON.parse(start.latin1Slice(8, 8 + Number(start.latin1Slice(0, 8))));
    if (!scripts || !Array.isArray(modules)) return;
    this.header = { scripts, modules };
    this.descriptor = descriptor;
  }

  /** The bytes of a script: the copy of its source, and V8's data. Undefined when the file has none. */
  entry(file) {
    const [offset, sourceLength, dataLength] = this.header.scripts[file] ?? [];
    if (offset === undefined || this.descriptor === undefined) return undefined;
    const bytes = Buffer.allocUnsafeSlow(aligned(sourceLength) + dataLength);
    if (readSync(this.descriptor, bytes, 0, bytes.length, offset) < bytes.length) return undefined;
    return { source: bytes.subarray(0, sourceLength), data: bytes.subarray(aligned(sourceLength)) };
  }

  /**
   * V8's code of a bundle file, or undefined when there is none that fits. V8 compares its own version and the length of the
   * source, not its text; so the text is compared here.
   */
  read(file, source) {
    try {
      const entry = this.entry(file);
      return entry && source.equals(entry.source) ? entry.data : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * To be called as the last thing of a run. Stores the code of its files when the cache lacks one of them, or lacks what
   * modules need that ran here for the first time. It is no error when that is not possible: the next start only takes longer.
   * @param scripts by file: its source, its script, and whether the script came from the cache
   * @param modules names of the modules that ran
   */
  update(scripts, modules) {
    if (this.folder === undefined || process.uptime() > SHORT_RUN) return;
    try {
      const known = new Set(this.header.modules);
      if (modules.every((name) => known.has(name)) && [...scripts.values()].every(({ cached }) => cached)) return;
      require('./cache-store.js').store(this, scripts, [...new Set([...known, ...modules])]);
    } catch {
      // A full disk, a read-only one, or a folder that vanished meanwhile.
    }
  }
}

/** Files of the bundle that are loaded → their source, script, and whether V8 took the script's code from the cache. */
const scripts = new Map();
let cache;

/** Bytes of a bundle file; the single executable has them inside. */
let read = (file) => readFileSync(join(bundle, file));

/** The script of a bundle file, compiled once. */
function scriptOf(file) {
  const known = scripts.get(file);
  if (known) return known.script;
  const source = read(file);
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
  /**
   * Modules in the files that are loaded, `./main.js` for one → the functions that run them; and `places`: modules that are
   * together in a file → its name.
   */
  functions = { __proto__: null, places: {} };
  /** Modules that have run → what they export. */
  modules = new Map();

  /** Runs a module, once, and returns its exports. It is in a file loaded before, in that of `places`, or in that of its name. */
  load(name) {
    const known = this.modules.get(name);
    if (known) return known.exports;
    if (!(name in this.functions)) {
      const file = this.functions.places[name] ?? `${name.slice('./'.length, -'js'.length)}cjs`;
      Object.assign(this.functions, scriptOf(file).runInThisContext());
    }
    const module = { exports: {} };
    this.modules.set(name, module);
    this.functions[name](module.exports, (id) => (id.startsWith('./') ? this.load(id) : require(id)), module);
    return module.exports;
  }

  /** Runs a command line, and sets `process.exitCode`. */
  run(argv) {
    return this.load('./main.js').run(argv, root, ownFiles);
  }
}

/** @param bytesOf reads a file of the bundle, where it is not in its folder */
function start(bytesOf = read) {
  read = bytesOf;
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

module.exports = { Program, aligned, isOwnFolder, start };
if (require.main === module) void start();
