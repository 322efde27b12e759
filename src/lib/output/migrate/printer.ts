import type { Palette } from '../../cli/color.js';
import { writeErr, writeOut } from '../../cli/streams.js';
import type { MigrationAnswer } from '../../egress/migrate.js';
import { printDocument } from '../document.js';
import { migrationDocument } from './document.js';
import { accountAsHtml } from './html.js';
import { accountAsMarkdown } from './markdown.js';
import { resourcesAsYaml } from './resources.js';
import { accountAsText } from './text.js';

export type MigrationFormat = 'yaml' | 'json' | 'text' | 'markdown' | 'html';

/** The resources on standard output with the account beside them on standard error; or both as JSON; or the account alone. */
export async function printMigration(
  answer: MigrationAnswer,
  format: MigrationFormat,
  palette: Palette,
): Promise<void> {
  switch (format) {
    case 'yaml':
      await writeOut(resourcesAsYaml(answer));
      writeErr(accountAsText(answer, palette));
      return;
    case 'json':
      return printDocument(migrationDocument(answer), 'json');
    case 'text':
      return writeOut(accountAsText(answer, palette));
    case 'markdown':
      return writeOut(accountAsMarkdown(answer));
    case 'html':
      return writeOut(accountAsHtml(answer));
  }
}
