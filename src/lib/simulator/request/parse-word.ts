import { isScp, scpUrl } from './scp.js';
import { isEndpoint, parseEndpoint } from './endpoint-target.js';
import { TargetError } from './error.js';
import { parseCurl } from './parse-curl.js';
import { isKnownScheme, readerOfScheme, refuseScheme, schemeOf } from './scheme-url.js';
import type { Target } from './types.js';

/** Schemes of which curl says, better than we could, that they make no sense. */
const curlsOwn = new Set(['dict', 'gopher', 'gophers', 'ftps', 'rtmp', 'rtsp', 'scp', 'smb', 'smbs', 'tftp']);

/** A target in one word: a URL, or a host as curl takes it. @throws TargetError; its position is 0 */
export function parseWord(word: string): Target {
  if (isEndpoint(word)) return parseEndpoint([word]);
  if (isScp(word)) return { ...parseWord(scpUrl(word)), command: word };
  const oracle = /^jdbc:oracle:\w+:(?:[^@]*@)(?:\/\/)?([^:/@]+(?::\d+)?)(?:[:/].*)?$/i.exec(word)?.[1];
  if (oracle !== undefined) return { ...parseWord(`oracle://${oracle}`), command: word };
  const scheme = schemeOf(word);
  try {
    if (scheme !== undefined && !curlsOwn.has(scheme)) {
      if (!isKnownScheme(scheme)) refuseScheme(scheme, word);
      const read = readerOfScheme(scheme);
      if (read) return read(word);
    }
    return parseCurl(word.startsWith('-') ? ['--url', word] : [word]);
  } catch (error) {
    throw error instanceof TargetError ? new TargetError(error.message, error.hint, 0, error.curlExitCode) : error;
  }
}
