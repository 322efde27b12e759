import type { DiffAnswer } from '../../egress/diff.js';
import { deciders, diffLine, diffSections, diffSummary, endText } from '../../wording/diff.js';
import { classCommand, undecidedText } from '../../wording/effects.js';
import { workflowCommand } from '../workflow-command.js';

/** Annotations of a pull request: where something decides in a file, at its line. */
export function diffAsGithub(answer: DiffAnswer): string {
  const { undecided, locate, now } = answer;
  const sections = diffSections(answer, locate);
  const differing = sections.flatMap(({ kind, title, told }) =>
    told.map((one) => {
      const { effect } = one;
      const places = deciders(effect).flatMap(({ object, path }) => locate(object, path) ?? []);
      // the files of a commit are not those of the pull request
      const place = places.findLast(({ file }) => !file.startsWith('git:'));
      const { witness } = effect.class;
      const message = [
        diffLine(one),
        classCommand(effect.class),
        `before: ${endText(witness, effect.before)}`,
        `after: ${endText(witness, effect.after)}`,
      ].join('\n');
      const level = kind === 'moves' || kind === 'fails' || kind === 'unmodelled' ? 'notice' : 'warning';
      return workflowCommand(level, { file: place?.file, line: place?.line, col: place?.column, title }, message);
    }),
  );
  const unknown = undecided.map((one) =>
    workflowCommand('warning', { title: 'not known' }, undecidedText(one, locate)),
  );
  const summary = workflowCommand('notice', { title: `egress diff: ${now}` }, diffSummary(answer, sections));
  return [...differing, ...unknown, summary].join('');
}
