import type * as fileSystem from 'node:fs';
import { compareBytewise } from './order.js';

type FileSystem = typeof fileSystem;

/** Has a path a character that a shell pattern would have? */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/** One segment of a pattern: `*`, `?`, `[a-z]`, `[^a]`. */
function segmentPattern(segment: string): RegExp | undefined {
  let source = '';
  for (let i = 0; i < segment.length; i += 1) {
    const c = segment.charAt(i);
    const close = c === '[' ? segment.indexOf(']', i + 2) : -1;
    if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (close !== -1) {
      source += `[${segment
        .slice(i + 1, close)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[')}]`;
      i = close;
    } else source += c.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  }
  try {
    return new RegExp(`^${source.replaceAll(/(?:\[\^\/\]\*)+/g, '[^/]*')}$`, 's');
  } catch {
    return undefined;
  }
}

/** The paths that match a pattern such as `policies/*.yaml`, in the order of their bytes; at most `limit`. */
export function expandGlob(fs: FileSystem, pattern: string, limit: number): string[] {
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const matcher = isGlob(segment) ? segmentPattern(segment) : undefined;
    found = found.flatMap((base) => names(fs, base, segment, matcher).map((name) => base + name));
    found = found.slice(0, limit).map((path) => `${path}/`);
  }
  return found.map((path) => path.slice(0, -1)).filter((path) => fs.existsSync(path));
}

function names(fs: FileSystem, base: string, segment: string, matcher: RegExp | undefined): string[] {
  if (!matcher) return [segment];
  let entries: string[];
  try {
    entries = fs.readdirSync(base === '' ? '.' : base);
  } catch {
    return [];
  }
  return entries.filter((name) => matcher.test(name)).sort(compareBytewise);
}
