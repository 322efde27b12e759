import type { Palette } from '../../cli/color.js';
import { writeOut } from '../../cli/streams.js';
import type { DiffAnswer } from '../../egress/diff.js';
import { printDocument } from '../document.js';
import { diffDocument } from './document.js';
import { diffAsGithub } from './github.js';
import { diffAsMarkdown } from './markdown.js';
import { diffAsText } from './text.js';

export const diffFormats = ['text', 'json', 'markdown', 'github'] as const;
export type DiffFormat = (typeof diffFormats)[number];

export async function printDiff(answer: DiffAnswer, format: DiffFormat, palette: Palette): Promise<void> {
  switch (format) {
    case 'text':
      return writeOut(diffAsText(answer, palette));
    case 'json':
      return printDocument(diffDocument(answer), 'json');
    case 'markdown':
      return writeOut(diffAsMarkdown(answer));
    case 'github':
      return writeOut(diffAsGithub(answer));
  }
}
