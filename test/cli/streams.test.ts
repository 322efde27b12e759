import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

import { BrokenPipeError, mayBeTerminal, Output } from '../../src/lib/cli/streams.js';
import type { TextStream } from '../../src/lib/cli/streams.js';

/** A stream that keeps what is written to it, and is full after every chunk when `full` is set. */
class Recorder extends EventEmitter implements TextStream {
  text = '';
  full = false;
  destroyed = false;

  constructor(readonly isTTY = false) {
    super();
  }

  write(chunk: string | Uint8Array): boolean {
    this.text += Buffer.from(chunk).toString();
    return !this.full;
  }
}

function failWith(code: string): never {
  throw Object.assign(new Error(code), { code });
}

function output(stream: Recorder, writeBytes: (bytes: Uint8Array) => number, direct = true, isDevice = false): Output {
  const made = new Output(
    () => stream,
    writeBytes,
    () => isDevice,
  );
  made.direct = direct;
  return made;
}

describe('standard output', () => {
  it('is written with system calls to pipes and files, all of it, without a look at the stream', async () => {
    let written = '';
    const out = new Output(
      () => assert.fail('the stream is not needed'),
      (bytes) => {
        const part = bytes.subarray(0, 3);
        written += Buffer.from(part).toString('latin1');
        return part.length;
      },
      () => false,
    );
    out.direct = true;
    await out.write('grüße\n');
    assert.equal(Buffer.from(written, 'latin1').toString(), 'grüße\n');
    assert.deepEqual([out.isTTY, out.columns], [false, undefined]);
  });

  it('is no terminal where nobody reads it, though that is a device', () => {
    const open = (path: string): boolean => {
      const descriptor = openSync(path, 'r');
      try {
        return mayBeTerminal(descriptor);
      } finally {
        closeSync(descriptor);
      }
    };
    assert.deepEqual([devNull, '/dev/zero', import.meta.filename].map(open), [false, true, false]);
  });

  it('goes on with the stream where a pipe does not wait, without losing or doubling a byte', async () => {
    const stream = new Recorder();
    let room = 4;
    const out = output(stream, (bytes) => {
      const taken = Math.min(room, bytes.length);
      room -= taken;
      return taken > 0 ? taken : failWith('EAGAIN');
    });
    await out.write('abcdefgh');
    await out.write('ij');
    assert.equal(stream.text, 'efghij');
  });

  it('is the stream on a terminal and outside the bundle', async () => {
    const never = (): number => assert.fail('no system call');
    const terminal = new Recorder(true);
    await output(terminal, never, true, true).write('x');
    const replaced = new Recorder();
    await output(replaced, never, false).write('y');
    assert.deepEqual([terminal.text, replaced.text], ['x', 'y']);
  });

  it('waits for a slow reader of the stream', async () => {
    const stream = new Recorder();
    stream.full = true;
    let done = false;
    const writing = output(stream, () => 0, false)
      .write('x')
      .then(() => (done = true));
    await new Promise(setImmediate);
    assert.equal(done, false);
    stream.emit('drain');
    await writing;
  });

  it('says that the reader has gone, however that shows, and says so again', async () => {
    const direct = output(new Recorder(), () => failWith('EPIPE'));
    const stream = new Recorder();
    const buffered = output(stream, () => 0, false);
    buffered.watch();
    stream.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    const destroyed = new Recorder();
    destroyed.destroyed = true;
    for (const out of [direct, buffered, output(destroyed, () => 0, false)]) {
      await assert.rejects(out.write('x'), BrokenPipeError);
      await assert.rejects(out.write('x'), BrokenPipeError);
    }
  });

  it('does not hide other errors', async () => {
    await assert.rejects(output(new Recorder(), () => failWith('ENOSPC')).write('x'), { code: 'ENOSPC' });
  });
});
