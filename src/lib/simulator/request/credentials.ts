import { base64, percentDecode } from './bytes.js';
import type { CurlSettings } from './curl-settings.js';
import type { CurlUrl } from './url.js';

export interface Authorization {
  /** Value of the Authorization header; absent when the first request has none. */
  readonly value?: string;
  /** The password is asked for, so the value is not known. */
  readonly uncertain?: boolean;
  /** curl expects to be asked for credentials, and sends a body only afterwards. */
  readonly probe?: boolean;
  /** Why the first request cannot be told; absent when it can. */
  readonly notModelled?: string;
}

/** Credentials of the first request: -u wins over the URL's. */
export function authorization(settings: CurlSettings, url: CurlUrl): Authorization {
  if (settings.user === null && settings.bearer === null && url.user === null) return {};
  // With several schemes curl waits for the server to choose.
  if (settings.authSchemes.size > 1) return {};
  const [scheme = 'basic'] = settings.authSchemes;
  switch (scheme) {
    case 'basic':
      return basic(settings.user, url);
    case 'bearer':
      return { value: `Bearer ${settings.bearer}` };
    case 'digest':
      return { probe: true };
    default:
      return { notModelled: `--${scheme}: the headers of this authentication are not modelled` };
  }
}

function basic(option: string | null, url: CurlUrl): Authorization {
  // seen: without a colon and a password, it gives way to what has one
  if (option === null || (/^;[^:]*$/.test(option) && url.password !== null)) {
    const credentials = [...percentDecode(url.user!), 0x3a, ...percentDecode(url.password ?? '')];
    return { value: `Basic ${base64(credentials)}` };
  }
  const asked = !option.includes(':') && !option.startsWith(';');
  return { value: `Basic ${base64(option.includes(':') ? option : `${option}:`)}`, uncertain: asked };
}
