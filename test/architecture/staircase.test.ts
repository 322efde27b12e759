import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

import ts from 'typescript';

import { packageRoot } from '../../scripts/build/package.js';
import { sources } from './graph.js';

/**
 * The staircase of docs/architecture.md: what each folder of `src/lib` may import from, types included, besides itself. A folder
 * may import only from those further down in this table, so there can be no circle between folders.
 */
const staircase: Readonly<Record<string, readonly string[]>> = {
  'src/commands': ['command', 'output', 'egress', 'mesh', 'input', 'cli', 'errors.ts'],
  'index.ts': ['wording', 'analysis', 'simulator', 'resources'],
  command: [
    'output',
    'egress',
    'mesh',
    'input',
    'changes',
    'helm',
    'simulator',
    'cluster',
    'resources',
    'cli',
    'text',
    'reporter.ts',
    'errors.ts',
  ],
  output: [
    'egress',
    'mesh',
    'wording',
    'input',
    'analysis',
    'changes',
    'simulator',
    'resources',
    'cli',
    'text',
    'reporter.ts',
    'errors.ts',
  ],
  egress: [
    'mesh',
    'wording',
    'input',
    'analysis',
    'changes',
    'simulator',
    'cluster',
    'resources',
    'text',
    'reporter.ts',
    'errors.ts',
  ],
  mesh: [
    'wording',
    'input',
    'analysis',
    'changes',
    'simulator',
    'helm',
    'cluster',
    'resources',
    'text',
    'reporter.ts',
    'errors.ts',
  ],
  wording: ['analysis', 'simulator', 'resources', 'text'],
  input: ['analysis', 'simulator', 'cluster', 'resources', 'text', 'reporter.ts', 'errors.ts'],
  analysis: ['simulator', 'resources', 'text'],
  changes: ['cluster', 'resources', 'text', 'reporter.ts', 'errors.ts'],
  helm: ['cluster', 'resources', 'text', 'errors.ts'],
  simulator: ['resources', 'text'],
  cluster: ['resources', 'text', 'errors.ts', 'own-files.ts'],
  resources: ['text', 'errors.ts'],
  cli: ['text', 'errors.ts'],
  'errors.ts': ['text'],
  'reporter.ts': [],
  'own-files.ts': [],
  text: [],
};

/** Packages that only some places may import, because they are slow to load or because that place hides them. */
const owners: Readonly<Record<string, readonly string[]>> = {
  '@oclif/core': ['src/commands/', 'src/lib/command/', 'src/lib/cli/'],
  '@kubernetes/client-node': ['src/lib/cluster/'],
  inquirer: ['src/lib/cli/prompt.ts'],
  'js-yaml': ['src/lib/resources/yaml/'],
};

/** Folders that run in a browser: they import nothing but our own files. */
const pure = ['src/lib/simulator/', 'src/lib/analysis/', 'src/lib/wording/', 'src/lib/text/'];

/** `src/lib/FOLDER/…` → FOLDER, `src/lib/FILE` → FILE, `src/commands/…` → src/commands. */
function roomOf(path: string): string {
  return path.startsWith('src/lib/') ? path.split('/')[2]! : 'src/commands';
}

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import, `import type` and `import()` included: of our own files by their paths, of others by their names. */
function everyImport(): Import[] {
  return [...sources('src/lib'), ...sources('src/commands')].flatMap((from) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(packageRoot + from, 'utf8'), true, true);
    return importedFiles.map(({ fileName: to }) =>
      to.startsWith('.') ? { from, to: posix.join(posix.dirname(from), to).replace(/\.js$/, '.ts') } : { from, to },
    );
  });
}

function told(imported: readonly Import[]): string[] {
  return imported.map(({ from, to }) => `${from} imports ${to}`);
}

describe('the staircase', () => {
  const every = everyImport();
  const all = every.filter(({ to }) => to.startsWith('src/'));
  const packages = every.filter(({ to }) => !to.startsWith('src/'));
  const rooms = Object.keys(staircase);

  it('names every folder', () => {
    const found = new Set([...sources('src/lib'), ...sources('src/commands')].map(roomOf));
    assert.deepEqual([...found].sort(), [...rooms].sort());
  });

  it('allows every import that there is', () => {
    const others = all.filter(({ from, to }) => {
      const [room, target] = [roomOf(from), roomOf(to)];
      return room !== target && !staircase[room]?.includes(target);
    });
    assert.deepEqual(told(others), []);
  });

  it('keeps packages where they belong', () => {
    const elsewhere = packages.filter(({ from, to }) =>
      Object.entries(owners).some(([name, homes]) => to === name && !homes.some((home) => from.startsWith(home))),
    );
    assert.deepEqual(told(elsewhere), []);
  });

  it('keeps pure what is pure', () => {
    assert.deepEqual(told(packages.filter(({ from }) => pure.some((home) => from.startsWith(home)))), []);
  });

  it('allows no import that there is not', () => {
    const used = new Set(all.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`));
    const idle = Object.entries(staircase).flatMap(([room, targets]) =>
      targets.map((target) => `${room} → ${target}`).filter((pair) => !used.has(pair)),
    );
    assert.deepEqual(idle, []);
  });

  it('leads down only', () => {
    const upwards = Object.entries(staircase).flatMap(([room, targets]) =>
      targets.filter((target) => rooms.indexOf(target) <= rooms.indexOf(room)).map((target) => `${room} → ${target}`),
    );
    assert.deepEqual(upwards, []);
  });

  it('has no circle of files', () => {
    assert.deepEqual(
      circles(all).map((circle) => circle.join(' → ')),
      [],
    );
  });
});

/** Groups of files that import each other, directly or through others (Tarjan's strongly connected components). */
function circles(all: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of all) targets.set(from, [...(targets.get(from) ?? []), to]);
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    open.push(file);
    for (const to of targets.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (open.includes(to)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(to)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1) found.push(group);
  };
  for (const file of targets.keys()) if (!order.has(file)) visit(file);
  return found;
}
