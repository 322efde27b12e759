import assert from 'node:assert/strict';
import { InputError } from '../../src/lib/errors.js';
import { notPutBack, whyNotWritten } from '../../src/lib/resources/edit/why-not-written.js';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says, open 'x'`), { code, syscall: 'open' });
}

describe('why a file is not written', () => {
  const cases: readonly (readonly [code: string, message: RegExp, hint: RegExp])[] = [
    ['EACCES', /may not be written/, /permissions/],
    ['EPERM', /may not be written/, /permissions/],
    ['EROFS', /read-only/, /another place/],
    ['ENOSPC', /no space left/, /make room/],
    ['EDQUOT', /quota/, /make room/],
    ['EEXIST', /there is such a file already/, /--name/],
    ['EBUSY', /mounted where it is/, /where it is mounted from/],
    ['EXDEV', /mounted where it is/, /where it is mounted from/],
    ['EFBIG', /larger than it may be/, /limit/],
    ['ENAMETOOLONG', /name is too long/, /shorter name/],
    ['ENOENT', /not there any more/, /again/],
  ];
  for (const [code, message, hint] of cases) {
    it(`${code} is told in words, with a remedy`, () => {
      const cause = systemError(code);
      const error = whyNotWritten(cause, 'a.yaml') as InputError;
      assert.ok(error instanceof InputError);
      assert.match(error.describe(), /^a\.yaml: [^A-Z]+; nothing was written$/);
      assert.match(error.message, message);
      assert.match(error.hint!, hint);
      assert.equal(error.cause, cause);
    });
  }

  it('another code is told as the system says it', () => {
    const error = whyNotWritten(systemError('EIO'), 'a.yaml') as InputError;
    assert.equal(
      error.describe(),
      "a.yaml: the file cannot be written: EIO: as the system says, open 'x'; nothing was written",
    );
    assert.equal(error.hint, undefined);
  });

  it('what the system did not say stays as it is', () => {
    const errors = [
      new InputError('changed'),
      new TypeError('a bug'),
      Object.assign(new Error('x'), { code: 'ENOENT' }),
    ];
    for (const error of errors) assert.equal(whyNotWritten(error, 'a.yaml'), error);
  });

  it('a file that cannot be put back is named, with the reason', () => {
    const cause = systemError('EIO');
    const error = notPutBack(cause, 'a.yaml');
    assert.match(error.describe(), /^a\.yaml: .* cannot be put back: EIO: as the system says/);
    assert.ok(error.hint);
    assert.equal(error.cause, cause);
  });
});
