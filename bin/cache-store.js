'use strict';

// Writes the code cache and what else is kept from run to run; loaded only by a run that has something to store.

const fs = require('node:fs');
const { basename, dirname, join } = require('node:path');

const { aligned, isOwnFolder } = require('./run.js');

/**
 * What may be there, and how many of a kind are kept, those written last: of code caches, because more than one copy of osm-ts, or of
 * Node.js, may be in use; of TLS sessions, one a cluster and user.
 */
const kinds = [
  { pattern: /^[0-9a-f]{16}-v\d+\.\d+\.\d+[\w.-]*$/, kept: 4 },
  { pattern: /^tls-[0-9a-f]{32}$/, kept: 16 },
];

/** What a killed run left behind is removed after this time, in milliseconds. */
const ABANDONED = 60_000;

/** Writes the cache anew: the scripts of this run, and those of earlier runs that this one did not load. */
function store(cache, scripts, modules) {
  storeFile(cache.folder, cache.name, () => {
    const entries = new Map();
    for (const name of Object.keys(cache.header.scripts)) {
      const entry = scripts.has(name) ? undefined : cache.entry(name);
      if (entry) entries.set(name, entry);
    }
    for (const [name, { source, script }] of scripts) entries.set(name, { source, data: script.createCachedData() });
    return asBytes(entries, modules);
  });
}

/**
 * Writes a file of one of the kinds into the user's folder, and removes the oldest of its kind.
 * @param makeBytes is called where the file can be written: in the home of somebody else every run would compile for nothing
 * @throws Error where that is not possible; then there is the file that was there before, or none
 */
function storeFile(folder, name, makeBytes) {
  const kind = kinds.find(({ pattern }) => pattern.test(name));
  if (!kind || !makeFolder(folder)) return;
  replaceFile(join(folder, name), makeBytes());
  cleanUp(folder, name, kind);
}

function asBytes(entries, modules) {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const places = (start) => {
    let offset = start;
    return sorted.map(([name, { source, data }]) => {
      const place = [name, [offset, source.length, data.length]];
      offset += aligned(source.length) + aligned(data.length);
      return place;
    });
  };
  const headerFrom = (start) => {
    const text = JSON.stringify({ scripts: Object.fromEntries(places(start)), modules: [...modules].sort() });
    return Buffer.from(String(text.length).padStart(8, '0') + text, 'latin1');
  };
  // The places are in the header, whose length depends on them: with as many digits as any place can have it is long enough.
  const start = aligned(headerFrom(1e12).length);
  const padded = (bytes, length = aligned(bytes.length)) => [bytes, Buffer.alloc(length - bytes.length)];
  const parts = sorted.flatMap(([, { source, data }]) => [...padded(source), ...padded(data)]);
  return Buffer.concat([...padded(headerFrom(start), start), ...parts]);
}

/**
 * Makes the folder for caches, for nobody but the user, unless it is there.
 * @returns false where it does not belong: nothing is created in the home of another user (`sudo` may keep HOME)
 * @throws Error where it cannot be made; HOME itself never is
 */
function makeFolder(folder) {
  const base = dirname(folder);
  const { uid } = fs.statSync(base, { throwIfNoEntry: false }) ?? fs.statSync(dirname(base));
  if (uid !== process.geteuid()) return false;
  for (const path of [base, folder]) {
    try {
      fs.mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  return isOwnFolder(folder);
}

/**
 * Writes a file at once or not at all: whoever reads it, also after this process was killed or the machine lost its power,
 * finds the old one, the new one, or none. V8 does not notice damage in its data.
 */
function replaceFile(path, bytes) {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  fs.rmSync(temporary, { force: true });
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants;
  const descriptor = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      fs.writeFileSync(descriptor, bytes);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Removes what killed runs left, and what is too many of a kind. */
function cleanUp(folder, own, { pattern, kept }) {
  const files = fs
    .readdirSync(folder)
    .filter((name) => name !== own && (pattern.test(name) || isTemporary(name)))
    .map((name) => ({ name, path: join(folder, name), time: fs.lstatSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  const abandoned = files.filter(({ name, time }) => isTemporary(name) && Date.now() - time > ABANDONED);
  const old = files.filter(({ name }) => !isTemporary(name)).slice(kept - 1);
  for (const { path } of [...abandoned, ...old]) fs.unlinkSync(path);
}

/** Whether `replaceFile` would call it so. */
function isTemporary(name) {
  const [, target] = /^\.(.*)\.\d+\.new$/.exec(name) ?? [];
  return target !== undefined && kinds.some(({ pattern }) => pattern.test(target));
}

module.exports = { store, storeFile };
