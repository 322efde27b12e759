import { isScp, scpUrl } from './scp.js';
import { curlProtocols } from './curl-arguments.js';
import { relocated } from './error.js';
import { parseCurl } from './parse-curl.js';
import { readerOfScheme, refuseScheme, schemeOf } from './scheme-url.js';
import type { Target } from './types.js';

/** A target in one word: a URL, or a host as curl takes it. @throws TargetError; its position is 0 */
export function parseWord(word: string): Target {
  if (isScp(word)) return { ...parseWord(scpUrl(word)), command: word };
  const oracle = /^jdbc:oracle:\w+:.*@(?:\/\/)?([^:/@]+(?::\d+)?)/i.exec(word)?.[1];
  if (oracle !== undefined) return { ...parseWord(`oracle://${oracle}`), command: word };
  const scheme = schemeOf(word);
  const readUrl = readerOfScheme(scheme);
  const read = (): Target => {
    if (readUrl) return readUrl(word);
    if (scheme !== '' && !curlProtocols.has(scheme)) refuseScheme(scheme, word);
    return parseCurl(word.startsWith('-') ? ['--url', word] : [word]);
  };
  return relocated(read, () => 0);
}
