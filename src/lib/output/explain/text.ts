import { visibleLength, wrapText } from '../../text/wrap.js';
import type { Palette } from '../../cli/color.js';
import type { FieldRef, Locate } from '../../resources/types.js';
import type { Answer, Asker } from '../../egress/explain.js';
import type { Explanation } from '../../simulator/explain.js';
import { journeysOf, type JourneyLine, type NearMiss } from './journey.js';
import {
  assumptionText,
  bystanderText,
  conditionText,
  destinationText,
  objectName,
  obstacleText,
  outcomeText,
  remarksOn,
} from '../../wording/verdict.js';
import { askerText, isOutside, outsideText } from './asker.js';
import { pathText } from '../../text/field-path.js';

export interface TextOptions {
  readonly asker: Asker;
  readonly locate: Locate;
  /** Columns to wrap at. */
  readonly width: number;
  readonly palette: Palette;
  /** `--trace`: the whole sieve, every near miss. */
  readonly full: boolean;
  /** Command line that would allow a denied request. */
  readonly fix?: string | undefined;
}

const LABEL_WIDTH = 14;

/** An explanation for a person: who asks, the verdict, what the client sees, the journey with the cause, the fix. Ends without line feed. */
export function explanationText(explanation: Explanation, options: TextOptions): string {
  const { target, verdict, bystanders } = explanation;
  const { palette, full, asker } = options;
  const out = new Layout(options);
  const paint = verdictPaint(palette)[verdict.verdict];
  out.headline(palette.dim('from'), 'from'.length, askerText(asker));
  const outside = isOutside(asker) && verdict.verdict === 'allowed';
  const beyond = outside ? `, ${outsideText(asker)}: no policy applies` : '';
  out.headline(
    paint(palette.bold(verdict.verdict.toUpperCase())),
    verdict.verdict.length,
    `${target.command}${beyond}`,
  );

  const journeys = journeysOf(explanation, { sieve: full });
  if (verdict.ending) {
    const { outcome, destination } = verdict.ending;
    out.field('client sees', outcomeText(target, outcome));
    if (destination) out.field('goes to', destinationText(destination));
    out.journey(journeys[0] ?? []);
    bystanders.slice(0, full ? bystanders.length : 2).forEach((bystander, index) => {
      const { at } = bystander;
      out.field(index === 0 ? 'see also' : '', `${objectName(at)} ${bystanderText(bystander)}`, [at], 'place only');
    });
  } else {
    out.uncertainty(explanation);
    out.journey(full ? journeys.flat() : sharedLines(journeys));
  }
  for (const { message } of remarksOn(explanation)) out.field('beware', message);
  verdict.assumptions.forEach((assumption, index) =>
    out.field(index === 0 ? 'assumed' : '', assumptionText(assumption)),
  );
  if (options.fix) out.verbatim('to allow it', options.fix);
  return out.toString();
}

/** The lines that every branch of a journey has. */
function sharedLines([first = [], ...others]: readonly JourneyLine[][]): JourneyLine[] {
  return first.filter(({ reason }) => others.every((branch) => branch.some((line) => line.reason === reason)));
}

/** An explanation in one line, for lists of targets. */
export function explanationLine(
  { asker, explanation }: Answer,
  options: Pick<TextOptions, 'locate' | 'palette'> & { readonly sources: boolean },
): string {
  const { target, verdict } = explanation;
  const { namespace, serviceAccount } = asker.source;
  const source = options.sources ? `${namespace}/${serviceAccount}  ` : '';
  const word = verdict.verdict.toUpperCase().padEnd(13);
  const paint = verdictPaint(options.palette)[verdict.verdict];
  const outside = isOutside(asker) && verdict.verdict === 'allowed' ? `${outsideText(asker)}: no policy applies; ` : '';
  const summary = options.palette.dim(`${outside}${summaryOf(explanation)}`);
  return `${paint(word)} ${source}${target.command}  ${summary}`;
}

function summaryOf(explanation: Explanation): string {
  const { target, verdict } = explanation;
  if (!verdict.ending) {
    const outcomes = new Set(verdict.alternatives.map(({ outcome }) => outcomeText(target, outcome)));
    return [...verdict.obstacles.map(obstacleText), ...outcomes].join(', or ');
  }
  const { outcome, destination } = verdict.ending;
  if (destination) return destinationText(destination);
  const [journey = []] = journeysOf(explanation, { sieve: false });
  const cause = journey.findLast(({ decisive }) => decisive);
  return cause ? `${outcomeText(target, outcome)}; ${cause.reason}` : outcomeText(target, outcome);
}

function verdictPaint(palette: Palette): Record<Explanation['verdict']['verdict'], (text: string) => string> {
  return { allowed: palette.green, denied: palette.red, unpredictable: palette.yellow, unknown: palette.yellow };
}

/** Labelled lines that wrap, with the place of the object at fault at the end. */
class Layout {
  private readonly lines: string[] = [];

  constructor(private readonly options: TextOptions) {}

  headline(word: string, wordLength: number, command: string): void {
    const gap = ' '.repeat(Math.max(2, LABEL_WIDTH + 2 - wordLength));
    this.lines.push(`${word}${gap}${command}`);
  }

  /** @param style `place only`: the text already names the object */
  field(label: string, text: string, refs: readonly FieldRef[] = [], style: 'full' | 'place only' = 'full'): void {
    const places = refs.map((ref) => (style === 'full' ? this.place(ref) : this.location(ref)));
    this.write(' ', label, text, places);
  }

  /** Why there is no certain verdict, and what is possible. */
  uncertainty({ target, verdict: { obstacles, alternatives } }: Explanation): void {
    obstacles.forEach((obstacle, index) => {
      const refs = 'at' in obstacle ? [obstacle.at] : [];
      this.field(index === 0 ? 'because' : '', obstacleText(obstacle), refs);
    });
    const [first] = alternatives;
    const shared = (first?.when ?? []).filter((condition) =>
      alternatives.every(({ when }) => when.some((other) => conditionText(other) === conditionText(condition))),
    );
    shared.forEach((condition, index) => this.field(index === 0 ? 'because' : '', conditionText(condition)));
    const sharedTexts = new Set(shared.map(conditionText));
    alternatives.forEach(({ outcome, destination, when, decidedBy }, index) => {
      const own = when.map(conditionText).filter((text) => !sharedTexts.has(text));
      const where = destination ? ` (${destinationText(destination)})` : '';
      const condition = own.length > 0 ? `${own.join(', ')}: ` : '';
      this.field(
        index === 0 ? 'either' : 'or',
        `${condition}${outcomeText(target, outcome)}${where}`,
        decidedBy.slice(0, 2),
      );
    });
    if (alternatives.some(({ when }) => when.some(({ kind }) => kind === 'address-in'))) {
      const { host, port } = target.dial;
      this.field('to know', `give the address: --resolve ${host}:${port}:ADDRESS, --hosts FILE or --dns`);
    }
  }

  /** A command line is never broken, so that it can be copied. */
  verbatim(label: string, text: string): void {
    this.lines.push(`  ${this.options.palette.dim(label.padEnd(LABEL_WIDTH))}${text}`);
  }

  journey(lines: readonly JourneyLine[]): void {
    const { full, palette } = this.options;
    let told: readonly FieldRef[] = [];
    for (const { stage, reason, objects, decisive, nearMisses } of lines) {
      if (stage === 'outcome') continue;
      const news = nearMisses.length > 0 && !full ? [] : objects.filter((ref) => !told.includes(ref));
      const mark = decisive ? palette.red('✗') : ' ';
      this.write(
        mark,
        stage.replace('-', ' '),
        reason,
        news.slice(0, full ? 5 : 2).map((ref) => this.place(ref)),
      );
      told = objects;
      this.nearMisses(nearMisses);
    }
  }

  private nearMisses(nearMisses: readonly NearMiss[]): void {
    const shown = this.options.full ? nearMisses : nearMisses.slice(0, 3);
    for (const { text, at } of shown) this.write(' ', '', `there is ${text}`, at ? [this.place(at)] : []);
    const hidden = nearMisses.length - shown.length;
    if (hidden > 0) this.write(' ', '', `and ${hidden} more, which --trace shows`, []);
  }

  private write(mark: string, label: string, text: string, places: readonly string[]): void {
    const { palette, width } = this.options;
    const room = Math.max(20, width - LABEL_WIDTH - 2);
    const rows = wrapText(text, room);
    for (const place of places) {
      const last = rows.at(-1)!;
      if (visibleLength(last) + place.length + 2 <= room) rows[rows.length - 1] = `${last}  ${palette.cyan(place)}`;
      else if (place.length <= room) rows.push(palette.cyan(place));
      else rows.push(...place.split(/ (?=\()/).map(palette.cyan));
    }
    rows.forEach((row, index) => {
      const begin = index === 0 ? `${mark} ${palette.dim(label.padEnd(LABEL_WIDTH))}` : ' '.repeat(LABEL_WIDTH + 2);
      this.lines.push(`${begin}${row}`.trimEnd());
    });
  }

  private location(ref: FieldRef): string {
    const location = this.options.locate(ref.object, ref.path);
    return location ? `(${location.file}:${location.line})` : '';
  }

  private place(ref: FieldRef): string {
    const location = this.location(ref) || (ref.path.length > 0 ? pathText(ref.path) : '');
    return location ? `${objectName(ref)} ${location}` : objectName(ref);
  }

  toString(): string {
    return this.lines.join('\n');
  }
}
