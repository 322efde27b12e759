import { chromium, type Browser } from 'playwright-core';

/** Starts the Chromium that `OSM_TS_CHROMIUM` names; `npm run test:browser` finds one. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['OSM_TS_CHROMIUM']!,
    // in containers there is no user namespace for its sandbox; the pages are our own
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
