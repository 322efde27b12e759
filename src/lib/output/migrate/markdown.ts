import type { MigrationAnswer } from '../../egress/migrate.js';
import { markdownTable, markdownText } from '../../text/markdown.js';
import { endText } from '../../wording/diff.js';
import { classCommand, sourcesText, undecidedText } from '../../wording/effects.js';
import { accountSummary, changeSections, messageText, reasonText, remedyText } from '../../wording/migrate.js';
import { placeText } from '../../wording/policy.js';
import { requestClassText } from '../../wording/request-class.js';

/** The account as a page: a table for each sort of change. */
export function accountAsMarkdown(answer: MigrationAnswer): string {
  const { input, messages, undecided, sources } = answer;
  const { locate, world } = input;
  const told = messages.map((message) => [
    message.level,
    messageText(message, world),
    message.at
      .slice(0, 3)
      .map((ref) => placeText(ref, locate))
      .join(', '),
  ]);
  const sections = changeSections(answer, locate).map(({ title, told: changes }) => {
    const rows = changes.map(({ effect, sources: from }) => [
      sourcesText(from),
      requestClassText(effect.class),
      classCommand(effect.class),
      endText(effect.class.witness, effect.before),
      endText(effect.class.witness, effect.after),
      [reasonText(effect.reason), remedyText(effect)].filter((text) => text !== undefined).join('; to avoid it: '),
    ]);
    return `## ${markdownText(title)}\n\n${markdownTable(['from', 'requests', 'such as', 'OSM', 'Istio', 'why'], rows)}`;
  });
  return [
    `# From OSM to Istio: ${markdownText(accountSummary(answer, sources.length))}\n`,
    ...(told.length > 0 ? [`## To know and to do\n\n${markdownTable(['level', 'message', 'where'], told)}`] : []),
    ...sections,
    ...(undecided.length > 0
      ? [`## Not known\n\n${undecided.map((one) => `- ${markdownText(undecidedText(one, locate))}\n`).join('')}`]
      : []),
  ].join('\n');
}
