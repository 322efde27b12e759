import { InputError } from '../../errors.js';

const permissions = ['the file may not be written', 'change its permissions, or those of its directory'] as const;
const mounted = [
  'the file is mounted where it is, so that no other one can take its place',
  'write it where it is mounted from',
] as const;

const explanations: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  EACCES: permissions,
  EPERM: permissions,
  EROFS: ['the file system is read-only', 'copy the files to another place'],
  ENOSPC: ['there is no space left on the device', 'make room'],
  EDQUOT: ['the quota is used up', 'make room'],
  EEXIST: ['there is such a file already', 'give the new object another name with --name'],
  EBUSY: mounted,
  EXDEV: mounted,
  EFBIG: ['the file would be larger than it may be', 'raise the limit (ulimit -f), or split the file'],
  ENAMETOOLONG: ['the name is too long for a draft beside the file', 'give the file a shorter name'],
  ENOENT: ['the file or its directory is not there any more', 'run the command again'],
};

/** What the system says when a file cannot be written, in words and with a remedy. What it did not say stays as it is. */
export function whyNotWritten(error: unknown, file: string): unknown {
  const { code = '', syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const [why, hint] = explanations[code] ?? [`the file cannot be written: ${message}`];
  return new InputError(`${why}; nothing was written`, { file }, hint, { cause: error });
}

/** A file that was written before another one failed, and has not got its old text back. */
export function notPutBack(error: unknown, file: string): InputError {
  const { message } = error as Error;
  return new InputError(
    `the file has its new text, and cannot be put back: ${message}`,
    { file },
    'see whether it is to stay so',
    { cause: error },
  );
}
