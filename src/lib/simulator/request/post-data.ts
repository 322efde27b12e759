import { escapeUrlPart } from './bytes.js';

/** Data of -d and its kin, or of --url-query. */
export interface PostData {
  /** What is known of it; complete when `file` is null. */
  readonly text: string;
  /** The first file that a part of it comes from, as `@name`. */
  readonly file: string | null;
}

/** plain: -d, --data-binary; raw: --data-raw, where `@` is a letter like any other. */
export type DataForm = 'plain' | 'raw' | 'urlencode' | 'json';

/** What one option value contributes. */
function readData(form: DataForm, value: string): PostData {
  if (form === 'urlencode') return urlEncode(value);
  if (form !== 'raw' && value.startsWith('@')) return { text: '', file: value };
  return { text: value, file: null };
}

/** `content`, `=content`, `name=content`, `@file` or `name@file`; the content is encoded, with `+` for a space. */
function urlEncode(value: string): PostData {
  const equals = value.indexOf('=');
  const separator = equals >= 0 ? equals : value.indexOf('@');
  if (separator >= 0 && equals < 0) return { text: '', file: value.slice(separator) };
  const name = value.slice(0, Math.max(separator, 0));
  const content = escapeUrlPart(value.slice(separator + 1)).replaceAll('%20', '+');
  return { text: name === '' ? content : `${name}=${content}`, file: null };
}

function join(before: PostData | null, added: PostData, separator: string): PostData {
  if (!before) return added;
  return { text: before.text + separator + added.text, file: before.file ?? added.file };
}

/** Appends as curl does: with `&`, but without for --json. */
export function appendPostData(before: PostData | null, form: DataForm, value: string): PostData {
  return join(before, readData(form, value), form === 'json' ? '' : '&');
}

/** Appends a value of --url-query: `+text` as it is, anything else encoded. */
export function appendQuery(before: PostData | null, value: string): PostData {
  return join(before, value.startsWith('+') ? readData('raw', value.slice(1)) : urlEncode(value), '&');
}
