import type { DiffAnswer } from '../../egress/diff.js';
import { markdownText } from '../../text/markdown.js';
import { deciderTexts, diffLine, diffSections, diffSummary, endText } from '../../wording/diff.js';
import { classCommand, undecidedText, type ToldEffect } from '../../wording/effects.js';

/** The difference as a comment on a pull request: what matters in sight, details folded, in an order that stays. */
export function diffAsMarkdown(answer: DiffAnswer): string {
  const { undecided, locate } = answer;
  const sections = diffSections(answer, locate);
  const blocks = sections.map(({ title, told }) => {
    return `#### ${markdownText(capital(title))}\n\n${told.map((one) => item(one, answer)).join('')}`;
  });
  const unknown = undecided.map((one) => `- ${markdownText(undecidedText(one, locate))}\n`).join('');
  return [
    `### Egress: ${markdownText(diffSummary(answer, sections))}\n`,
    ...blocks,
    ...(unknown === '' ? [] : [`#### Not known\n\n${unknown}`]),
  ].join('\n');
}

function item(told: ToldEffect, { locate }: DiffAnswer): string {
  const { effect } = told;
  const { witness } = effect.class;
  const places = deciderTexts(effect, locate).map(markdownText);
  return [
    `- ${markdownText(diffLine(told))}`,
    '  <details><summary>before, after, and how to try it</summary>',
    '',
    `  ${codeBlock(classCommand(effect.class)).replaceAll('\n', '\n  ')}`,
    `  before: ${markdownText(endText(witness, effect.before))}<br>`,
    `  after: ${markdownText(endText(witness, effect.after))}${places.length > 0 ? '<br>' : ''}`,
    ...(places.length > 0 ? [`  by ${places.join(', ')}`] : []),
    '',
    '  </details>',
    '',
  ].join('\n');
}

/** A fence that is longer than any in the text. */
function codeBlock(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
