import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { InputError } from '../../src/lib/errors.js';
import { readManifests } from '../../src/lib/resources/index.js';
import type { Limits } from '../../src/lib/resources/limits.js';
import { tar, type Part } from '../support/archive.js';
import { runCli } from '../support/run-cli.js';

const account = (name: string): string => `{apiVersion: v1, kind: ServiceAccount, metadata: {name: ${name}}}\n`;
const snapshot = (gaps: object[] = []): Part => ({
  name: 'r/snapshot.json',
  text: JSON.stringify({ apiVersion: 'osm-ts/v1', kind: 'ClusterSnapshot', meshName: 'm', osmNamespace: 'o', gaps }),
});

describe('archives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'osm-ts-archive-'));
  after(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const write = (bytes: Uint8Array): string => {
    const file = join(folder, `a${count++}.tar.gz`);
    writeFileSync(file, bytes);
    return file;
  };
  const read = async (parts: readonly Part[], limits: Partial<Limits> = {}) =>
    readManifests({ filenames: [write(gzipSync(await tar(parts)))], limits });

  it('are read like directories: manifests, whatever their names, and no links', async () => {
    const {
      objects,
      files,
      snapshot: found,
    } = await read([
      { name: 'a.yaml', text: account('one') },
      { name: '../../etc/b.yml', text: account('two') },
      { name: '/c.json', text: '{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"three"}}' },
      { name: 'd.yaml', type: 'symlink' },
      { name: 'e.yaml', type: 'directory' },
      { name: 'notes.txt', text: 'x: [' },
    ]);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      ['one', 'two', 'three'],
    );
    assert.deepEqual(
      files.map((file) => file.replace(/^.*:/, '')),
      ['a.yaml', '../../etc/b.yml', '/c.json'],
    );
    assert.equal(found, undefined);
  });

  it('of bug reports give their objects only, and what could not be read', async () => {
    const gaps = [{ kind: 'Egress', namespace: 'x', message: 'forbidden' }];
    const { objects, snapshot: found } = await read([
      snapshot(gaps),
      { name: 'r/objects/x/serviceaccounts.yaml', text: account('one') },
      { name: 'r/namespaces/x/events.yaml', text: account('two') },
      { name: 'r/objects/late.yaml', text: account('three') },
    ]);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      ['one'],
    );
    assert.deepEqual([found?.meshName, found?.osmNamespace, found?.gaps], ['m', 'o', gaps]);
  });

  it('of bug reports that were packed anew, in another order, are read as well', async () => {
    const gaps = [{ kind: 'Egress', namespace: 'x', message: 'forbidden' }];
    const { objects, snapshot: found } = await read([
      { name: 'r', type: 'directory' },
      { name: 'r/namespaces/x/events.yaml', text: account('two') },
      { name: 'r/objects/x/serviceaccounts.yaml', text: account('one') },
      { name: 'r/objects/x/', type: 'directory' },
      snapshot(gaps),
      { name: 'r/pods.yaml', text: account('three') },
      { name: 'r/objects/z.yaml', text: account('four') },
    ]);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      ['one', 'four'],
    );
    assert.deepEqual(found?.gaps, gaps);
  });

  it('several of them lack what any of them lacks; what a snapshot says counts outside an archive too', async () => {
    const gap = (kind: string) => ({ kind, message: `no ${kind}` });
    const one = gzipSync(await tar([snapshot([gap('Egress')]), { name: 'r/objects/a.yaml', text: account('a') }]));
    const unpacked = join(folder, 'snapshot.json');
    writeFileSync(unpacked, snapshot([gap('Pod')]).text!.replace('"m"', '"n"'));
    const { snapshot: found } = await readManifests({ filenames: [write(one), unpacked] });
    assert.deepEqual([found?.meshName, found?.gaps.map(({ kind }) => kind)], ['m', ['Egress', 'Pod']]);
  });

  it('are refused where it cannot be known what they lack', async () => {
    const saying = (changes: object): Part => ({
      name: 'r/snapshot.json',
      text: JSON.stringify({ ...(JSON.parse(snapshot().text!) as object), ...changes }),
    });
    for (const changes of [
      { gaps: [{ kind: 'Egress' }] },
      { gaps: null },
      { apiVersion: 'osm-ts/v2' },
      { meshName: 1 },
    ])
      await assert.rejects(
        read([saying(changes), { name: 'r/objects/a.yaml', text: account('a') }]),
        (error: InputError) =>
          /:snapshot\.json:1:1: the ClusterSnapshot does not say what could not be read, or is of another osm-ts/.test(
            error.describe(),
          ),
      );
    const { snapshot: none, objects } = await read([
      { name: 'r/snapshot.json', text: account('other') },
      { name: 'r/objects/a.yaml', text: account('a') },
      { name: 'r/b.yaml', text: account('b') },
    ]);
    assert.deepEqual([none, objects.length], [undefined, 3]);
    await assert.rejects(read([snapshot()]), /the archive has no manifests/);
  });

  it('cannot be larger than they seem', async () => {
    const bomb = [
      { name: 'a.txt', text: ' '.repeat(3_000_000) },
      { name: 'a.yaml', text: account('a') },
    ];
    const packed = gzipSync(await tar(bomb));
    assert.ok(packed.length < 20_000);
    await assert.rejects(
      readManifests({ filenames: [write(packed)], limits: { maxTotalBytes: 2_000_000 } }),
      /unpacks to more than 1\.9 MiB/,
    );
    await assert.rejects(read(bomb.slice(1), { maxFileBytes: 10 }), /larger than 10 bytes/);
    const many = Array.from({ length: 5 }, (_, index) => ({ name: `${index}.yaml`, text: account(`a${index}`) }));
    await assert.rejects(read(many, { maxFiles: 4 }), /more than 4 files/);
  });

  it('of bug reports are read no further than their objects', async () => {
    const rest = { name: 'r/namespaces/log.txt', text: randomBytes(400_000).toString('base64') };
    const parts = [
      snapshot(),
      { name: 'r/objects/a.yaml', text: account('one') },
      rest,
      { name: 'r/x.json', text: 'no' },
    ];
    const { objects } = await read(parts, { maxTotalBytes: 100_000, maxFileBytes: 100_000 });
    assert.equal(objects.length, 1);
  });

  it('that are none say so', async () => {
    for (const bytes of [
      Buffer.from('text'),
      gzipSync('not tar'.repeat(200)),
      gzipSync(await tar([{ name: 'a.yaml', text: account('a') }])).subarray(0, 60),
    ]) {
      await assert.rejects(readManifests({ filenames: [write(bytes)] }), (error) => {
        const { name, message } = error as Error;
        assert.equal(name, 'InputError');
        assert.match(message, /the archive (?:cannot be unpacked|has no manifests)/);
        return true;
      });
    }
    await assert.rejects(read([{ name: 'a.txt' }]), /the archive has no manifests/);
  });

  it('are no place to write to', async () => {
    const policy =
      '{apiVersion: policy.openservicemesh.io/v1alpha1, kind: Egress, metadata: {name: e, namespace: a}, spec: {sources: [{kind: ServiceAccount, name: a, namespace: a}], hosts: [b.org], ports: [{number: 80, protocol: http}, {number: 81, protocol: HTTP}]}}';
    const file = write(gzipSync(await tar([{ name: 'e.yaml', text: policy }])));
    const written = await runCli(['egress', 'allow', 'http://c.org/', '--from', 'a/a', '--write', '-f', file]);
    assert.deepEqual([written.code, /--write cannot edit an archive/.test(written.stderr)], [2, true], written.stderr);
    const fixed = await runCli(['egress', 'lint', '--fix', '-f', file]);
    assert.equal(fixed.code, 1, fixed.stderr);
    assert.match(fixed.stdout, /tar\.gz:e\.yaml:\d+:\d+: error OSM-E009/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes(':')),
      [],
    );
    const explained = await runCli(['egress', 'explain', 'http://b.org/', '--from', 'a/a', '-f', file]);
    assert.equal(explained.code, 0, explained.stderr);
    assert.match(explained.stdout, /tar\.gz:e\.yaml:1/);
  });
});
