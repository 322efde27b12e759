import { base64, percentDecode } from './bytes.js';
import type { CurlSettings } from './curl-settings.js';
import type { CurlUrl } from './url.js';

export interface Authorization {
  /** Value of the Authorization header; null when the first request has none. */
  readonly value: string | null;
  /** The password is asked for, so the value is not known. */
  readonly uncertain: boolean;
  /** curl expects to be asked for credentials, and sends a body only afterwards. */
  readonly probe: boolean;
  /** Why the first request cannot be told; null when it can. */
  readonly notModelled: string | null;
}

const none: Authorization = { value: null, uncertain: false, probe: false, notModelled: null };

/** Credentials of the first request: -u wins over the URL's. */
export function authorization(settings: CurlSettings, url: CurlUrl): Authorization {
  if (settings.user === null && settings.bearer === null && url.user === null) return none;
  // With several schemes curl waits for the server to choose.
  if (settings.authSchemes.size > 1) return none;
  const [scheme = 'basic'] = settings.authSchemes;
  const hasUser = settings.user !== null || url.user !== null;
  switch (scheme) {
    case 'basic':
      return hasUser ? { ...none, ...basic(settings.user, url) } : none;
    case 'bearer':
      return settings.bearer === null ? none : { ...none, value: `Bearer ${settings.bearer}` };
    case 'digest':
      return hasUser ? { ...none, probe: true } : none;
    default:
      return { ...none, notModelled: `--${scheme}: the headers of this authentication are not modelled` };
  }
}

function basic(option: string | null, url: CurlUrl): Pick<Authorization, 'value' | 'uncertain'> {
  if (option === null) {
    const credentials = [...percentDecode(url.user ?? ''), 0x3a, ...percentDecode(url.password ?? '')];
    return { value: `Basic ${base64(credentials)}`, uncertain: false };
  }
  const asked = !option.includes(':') && !option.startsWith(';');
  return { value: `Basic ${base64(option.includes(':') ? option : `${option}:`)}`, uncertain: asked };
}
