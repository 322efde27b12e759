import { escapeUrlPart, lowerCasePercent } from './bytes.js';
import { curlProtocols } from './curl-arguments.js';
import { chooseKind, type CurlSettings } from './curl-settings.js';
import { brief, TargetError } from './error.js';
import { expandSingle } from './glob.js';
import { hasScheme, parseUrl, writeUrl, type CurlUrl } from './url.js';

const isStdin = (file: string): boolean => file === '-' || file === '.';

/** curl adds the name of the uploaded file to a path that ends with a slash. */
function addFileName(text: string, file: string): string {
  const url = parseUrl(text);
  if (!url.path.endsWith('/')) return text;
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  url.path = lowerCasePercent(url.path + escapeUrlPart(name));
  return writeUrl(url);
}

function addQuery(text: string, added: string): string {
  const url = parseUrl(text);
  const query = lowerCasePercent(added);
  url.query = url.query ? `${url.query}${url.query.endsWith('&') ? '' : '&'}${query}` : query;
  return writeUrl(url);
}

function requireKnownScheme(url: CurlUrl): void {
  if (curlProtocols.has(url.scheme)) return;
  throw new TargetError(
    `curl has no protocol ${brief(url.scheme)} (it exits with 1)`,
    'write a URL that begins with http:// or https://',
    undefined,
    1,
  );
}

/** -O needs a name for its file, which curl takes from the URL before it connects. */
function requireOutputName(settings: CurlSettings, text: string): void {
  const toRemoteName = settings.output === true || (settings.output === null && settings.remoteNameAll);
  if (!toRemoteName || settings.contentDisposition || !/[/\\]$/.test(parseUrl(text).path)) return;
  throw new TargetError(
    'with -O curl takes the name of the output file from the URL, and this one has none (it exits with 23)',
    'write -o FILE instead of -O',
    undefined,
    23,
  );
}

/**
 * The URL that curl requests after globbing, -T's file name, -G and --url-query. Decides on the way which kind of
 * request -d and -T make.
 *
 * @param given the URL as written on the command line
 * @throws TargetError when curl refuses it, or when it stands for several requests
 */
export function requestUrl(settings: CurlSettings, given: string): CurlUrl {
  const asQuery = settings.data !== null && settings.getWithData;
  if (settings.data) chooseKind(settings, asQuery ? (settings.noBody ? 'HEAD' : 'GET') : 'POST');
  const upload = settings.globOff || !settings.upload ? settings.upload : expandSingle(settings.upload);
  if (upload) chooseKind(settings, 'PUT');
  let text = settings.globOff ? given : expandSingle(given);
  requireOutputName(settings, text);
  if (upload && !isStdin(upload)) text = addFileName(text, upload);
  const query = asQuery ? settings.data : settings.query;
  if (query) {
    if (query.file !== null)
      settings.notModelledInClear.push(`${brief(query.file)}: the query comes from a file, which is not read`);
    text = addQuery(text, query.text);
  }
  if (settings.defaultProtocol !== null && !hasScheme(text)) text = `${settings.defaultProtocol}://${text}`;
  const url = parseUrl(text, settings);
  requireKnownScheme(url);
  if (settings.protocols && !settings.protocols.has(url.scheme))
    throw new TargetError(
      `--proto forbids ${url.scheme} (curl exits with 1)`,
      `allow it: --proto =${url.scheme}`,
      undefined,
      1,
    );
  return url;
}
