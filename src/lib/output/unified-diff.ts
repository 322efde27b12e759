import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { visible, visibleLines } from '../text/visible.js';
import type { Palette } from '../cli/color.js';

/** A text and what becomes of it. Undefined: there is none. */
export interface DiffInput {
  readonly before: { readonly name: string; readonly text: string } | undefined;
  readonly after: { readonly name: string; readonly text: string } | undefined;
}

/** The difference of two texts as `diff -u` writes it, and `patch` reads it; empty when there is none. */
export function unifiedDiff({ before, after }: DiffInput, palette: Palette): string {
  const [old, current] = [before?.text ?? '', after?.text ?? ''];
  if (old === current) return '';
  const names = [visible(before?.name ?? '/dev/null'), visible(after?.name ?? '/dev/null')] as const;
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = visibleLines(createTwoFilesPatch(...names, old, current, undefined, undefined, options), false);
  const paint: Readonly<Record<string, (text: string) => string>> = {
    '-': palette.red,
    '+': palette.green,
    '@': palette.cyan,
  };
  const [from = '', to = '', ...lines] = patch.split('\n');
  return [palette.bold(from), palette.bold(to), ...lines.map((line) => paint[line.charAt(0)]?.(line) ?? line)].join(
    '\n',
  );
}
