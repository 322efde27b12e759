import type { Locate } from '../../resources/types.js';
import type { ChangePlan, Plan } from '../../analysis/allow/index.js';
import type { Palette } from '../../cli/color.js';
import type { AllowAnswer } from '../../egress/allow/index.js';
import type { Target } from '../../simulator/request/index.js';
import type { Verdict } from '../../simulator/verdict.js';
import { conditionText, destinationText, objectName, obstacleText, outcomeText } from '../../wording/verdict.js';
import { effectGroups } from './effects.js';
import { LabelledLines, type LabelledLinesOptions } from '../labelled-lines.js';
import { unifiedDiff } from '../unified-diff.js';
import { nothingElseText, undecidedText } from '../../wording/effects.js';
import { changeTexts, noteText, reasonText } from '../../wording/allow.js';

/** The answer for a person: for each target the proof, what the change does, and what else it allows; then the diff. */
export function allowText(answer: AllowAnswer, options: LabelledLinesOptions): string {
  const blocks = answer.plans.map((plan) => planText(plan, answer.input.locate, options));
  const diff = diffText(answer, options.palette);
  return [...blocks, ...(diff === '' ? [] : [diff])].join('\n');
}

/** The changes of all files and objects as `diff -u` writes them; empty when there are none. */
export function diffText({ texts }: AllowAnswer, palette: Palette): string {
  return texts
    .map(({ name, before, after }) =>
      unifiedDiff(
        {
          before: before === null ? undefined : { name, text: before.toString('utf8') },
          after: { name, text: after.toString('utf8') },
        },
        palette,
      ),
    )
    .join('');
}

function planText(plan: Plan, locate: Locate, options: LabelledLinesOptions): string {
  const out = new LabelledLines(options);
  const { palette } = options;
  const { target, before } = plan;
  // what can be had does not begin with what is not
  if (plan.result === 'change') out.task('TO ALLOW', target.command);
  else out.headline(before, target.command);
  const now = plan.result === 'change' ? `${before.verdict.toUpperCase()}: ` : '';
  const sees = verdictText(target, before);
  const reason =
    plan.result === 'impossible' || plan.result === 'unknown' ? reasonText(plan.reason, target) : undefined;
  if (sees !== reason?.why) out.field(plan.result === 'nothing-to-do' ? 'sees' : 'now', now + sees);
  switch (plan.result) {
    case 'nothing-to-do':
      out.field('to do', 'nothing: the request is allowed as it is');
      for (const note of plan.notes) out.field('beware', noteText(note));
      break;
    case 'change':
      changeLines(plan, locate, out);
      out.field('then', `ALLOWED: ${verdictText(target, plan.after)}`, [], ' ', (row) =>
        row.replace(/^ALLOWED/, palette.green),
      );
      effectLines(plan, out, locate, palette);
      for (const note of plan.notes) out.field('beware', noteText(note));
      break;
    case 'impossible':
    case 'unknown': {
      const { why, instead } = reason!;
      out.field(plan.result === 'impossible' ? 'no change' : 'not known', why);
      out.field('instead', instead);
    }
  }
  return `${out.toString()}\n`;
}

function changeLines(plan: ChangePlan, locate: Locate, out: LabelledLines): void {
  plan.changes.forEach((change, index) => {
    const object = change.kind === 'edit' ? change.before : change.after;
    const location = locate(object, []);
    const place = location ? ` (${location.file}:${location.line})` : '';
    out.field(
      index === 0 ? 'change' : '',
      `${change.kind === 'create' ? 'new ' : ''}${objectName({ object })}${place}: ${changeTexts(change).join(', ')}`,
    );
  });
}

function effectLines(plan: ChangePlan, out: LabelledLines, locate: Locate, palette: Palette): void {
  const groups = effectGroups(plan, locate);
  for (const { label, lines } of groups) {
    lines.forEach((line, index) =>
      out.field(index === 0 ? label : '', label === 'also denies' ? palette.red(line) : line),
    );
  }
  for (const one of plan.undecided) out.field('not known', undecidedText(one, locate));
  out.field('besides', nothingElseText(plan, groups.length > 0));
}

/** What the client sees, and where the request ends up. */
function verdictText(target: Target, { ending, alternatives, obstacles }: Verdict): string {
  if (ending) {
    const { outcome, destination } = ending;
    const where = destination ? `; goes to ${destinationText(destination)}` : '';
    return outcomeText(target, outcome) + where;
  }
  const endings = alternatives.map(({ outcome, when }) => {
    return `${outcomeText(target, outcome)} (${when.map(conditionText).join(', ')})`;
  });
  return [...obstacles.map(obstacleText), ...endings].join(', or ');
}
