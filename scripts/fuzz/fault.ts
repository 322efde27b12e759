import type { Run } from '../../test/support/run-cli.js';
import type { Case } from './fields.js';

const CODES = [0, 1, 2, 3, 4];
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]|[\u{E0000}-\u{E007F}]/u;

/** YAML carries what is in an object as it is, where YAML calls it printable; the rest it escapes. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u0084\u0086-\u009F]/;

/** What is wrong with how a run ended; undefined when nothing is. */
export function faultOf({ code, signal, stdout, stderr }: Run, { args, judge }: Case): string | undefined {
  if (code === null) return `it was stopped by ${signal}: it took too long, or it crashed`;
  if (!CODES.includes(code)) return `exit code ${code}`;
  const isYaml = args.includes('yaml');
  const unseen = (isYaml ? UNPRINTABLE : UNSEEN).exec(stdout) ?? UNSEEN.exec(stderr);
  if (unseen) return `it printed U+${unseen[0].codePointAt(0)!.toString(16)}`;
  if (code < 2 && args.includes('json') && !isJson(stdout)) return 'its JSON cannot be read';
  return judge?.();
}

/** One document, or one a line. */
function isJson(text: string): boolean {
  const reads = (part: string): boolean => {
    try {
      JSON.parse(part);
      return true;
    } catch {
      return false;
    }
  };
  return reads(text) || text.split('\n').filter(Boolean).every(reads);
}
