import { spawn } from 'node:child_process';

/** What opens a URL, by platform. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
};

/** Is there a screen that a browser could open on? */
export function hasScreen(platform = process.platform, env = process.env): boolean {
  return platform in openers || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
}

/** Opens a URL in the user's browser, which goes on by itself. @returns whether that could be started */
export function openBrowser(url: string, platform = process.platform): Promise<boolean> {
  const [program, ...args] = openers[platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
