import type { Palette } from '../../cli/color.js';
import type { DiffAnswer } from '../../egress/diff.js';
import { deciderTexts, diffLine, diffSections, diffSummary, endText, type DiffSection } from '../../wording/diff.js';
import { classCommand, undecidedText } from '../../wording/effects.js';
import { visible } from '../../text/visible.js';

/** The difference for a person: what is newly allowed first, and at the end what all of it comes to. */
export function diffAsText(answer: DiffAnswer, palette: Palette): string {
  const { undecided, locate } = answer;
  const sections = diffSections(answer, locate);
  const blocks = sections.map((section) => sectionText(section, answer, palette));
  const unknown = undecided.map((one) => `${palette.yellow(visible(undecidedText(one, locate)))}\n`).join('');
  return [...blocks, ...(unknown === '' ? [] : [unknown]), `${visible(diffSummary(answer, sections))}\n`].join('\n');
}

function sectionText({ kind, title, told }: DiffSection, { locate }: DiffAnswer, palette: Palette): string {
  const paint = { starts: palette.green, stops: palette.red }[kind as string] ?? palette.yellow;
  const lines = told.flatMap((one) => {
    const { effect } = one;
    const { witness } = effect.class;
    return [
      `  ${visible(diffLine(one))}`,
      `    ${visible(classCommand(effect.class))}`,
      `    before  ${visible(endText(witness, effect.before))}`,
      `    after   ${visible(endText(witness, effect.after))}`,
      ...deciderTexts(effect, locate).map((place) => `    by      ${palette.cyan(visible(place))}`),
    ];
  });
  return `${[paint(title), ...lines].join('\n')}\n`;
}
