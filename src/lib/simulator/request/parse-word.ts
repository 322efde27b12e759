import { isScp, scpUrl } from './scp.js';
import { isEndpoint, parseEndpoint } from './endpoint-target.js';
import { relocated } from './error.js';
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
  const read = (): Target => {
    if (scheme !== '' && !curlsOwn.has(scheme)) {
      if (!isKnownScheme(scheme)) refuseScheme(scheme, word);
      const readUrl = readerOfScheme(scheme);
      if (readUrl) return readUrl(word);
    }
    return parseCurl(word.startsWith('-') ? ['--url', word] : [word]);
  };
  return relocated(read, () => 0);
}
