import type { Palette } from '../../cli/color.js';
import type { MigrationAnswer } from '../../egress/migrate.js';
import { endText } from '../../wording/diff.js';
import { classCommand, sourcesText, undecidedText } from '../../wording/effects.js';
import { visible } from '../../text/visible.js';
import {
  accountSummary,
  changeSections,
  messageText,
  reasonText,
  remedyText,
  type ChangeSection,
} from '../../wording/migrate.js';
import { placeText } from '../../wording/policy.js';
import { requestClassText } from '../../wording/request-class.js';

/** The account for a person: what is to be known and done, what changes for requests, and what all of it comes to. */
export function accountAsText(answer: MigrationAnswer, palette: Palette): string {
  const { input, undecided, sources } = answer;
  const { locate } = input;
  const sections = changeSections(answer, locate);
  const blocks = [
    ...messageBlock(answer, palette),
    ...sections.map((section) => sectionText(section, palette)),
    ...(undecided.length > 0
      ? [undecided.map((one) => `${palette.yellow(visible(undecidedText(one, locate)))}\n`).join('')]
      : []),
  ];
  return [...blocks, `${accountSummary(answer, sources.length)}\n`].join('\n');
}

function messageBlock({ messages, input }: MigrationAnswer, palette: Palette): string[] {
  if (messages.length === 0) return [];
  const paint = { ERROR: palette.red, WARNING: palette.yellow, INFO: palette.cyan };
  const lines = messages.flatMap((message) => [
    `${paint[message.level](message.level)}  ${visible(messageText(message, input.world))}`,
    ...message.at.slice(0, 3).map((ref) => `  ${visible(placeText(ref, input.locate))}`),
  ]);
  return [`${lines.join('\n')}\n`];
}

function sectionText({ change, title, told }: ChangeSection, palette: Palette): string {
  const paint = { wider: palette.red, narrower: palette.yellow }[change as string] ?? palette.cyan;
  const lines = told.flatMap(({ effect, sources }) => {
    const { witness } = effect.class;
    const [why, remedy] = [reasonText(effect.reason), remedyText(effect)];
    return [
      visible(`  from ${sourcesText(sources)}: ${requestClassText(effect.class)}`),
      `    ${visible(classCommand(effect.class))}`,
      `    OSM    ${visible(endText(witness, effect.before))}`,
      `    Istio  ${visible(endText(witness, effect.after))}`,
      ...(why === undefined ? [] : [`    why    ${visible(why)}`]),
      ...(remedy === undefined ? [] : [`    avoid  ${visible(remedy)}`]),
    ];
  });
  return `${[paint(title), ...lines].join('\n')}\n`;
}
