import { bystanderText } from '../../wording/notices.js';
import { LabelledLines, type LabelledLinesOptions } from '../labelled-lines.js';
import type { FieldRef, Locate } from '../../resources/types.js';
import type { Asker } from '../../egress/explain.js';
import type { Explanation } from '../../simulator/explain.js';
import type { Target } from '../../simulator/request/index.js';
import type { Verdict } from '../../simulator/verdict.js';
import { journeysOf } from './journey.js';
import type { JourneyLine } from './journey-line.js';
import type { NearMisses } from './near-misses.js';
import {
  addressHint,
  assumptionText,
  conditionText,
  destinationText,
  objectName,
  obstacleText,
  outcomeText,
  remarksOn,
} from '../../wording/verdict.js';
import { runningProxyTexts } from '../../wording/updates.js';
import { updatesOf } from '../../simulator/updates.js';
import { becauseText } from '../../wording/because.js';
import { askerText, isOutside, outsideText } from './asker.js';
import { pathText } from '../../text/field-path.js';

/** Beyond that, nobody reads on. */
const MOST_NEAR_MISSES = 100;

export interface TextOptions extends LabelledLinesOptions {
  readonly asker: Asker;
  readonly locate: Locate;
  /** `--trace`: the whole sieve, every near miss. */
  readonly full: boolean;
  /** Command line that would allow a denied request. */
  readonly fix?: string | undefined;
  /** Assumptions that were told beside other requests; what is told is added. */
  readonly told?: Set<string> | undefined;
}

/** An explanation for a person: who asks, the verdict, what the client sees, the journey with the cause, the fix. Ends without line feed. */
export function explanationText(explanation: Explanation, options: TextOptions): string {
  const { simulation, target, verdict, bystanders } = explanation;
  const { full, asker } = options;
  const out = new Layout(options);
  out.preface('from', askerText(asker));
  const outside = isOutside(asker) && verdict.verdict === 'allowed';
  const beyond = outside ? `, ${outsideText(asker)}: no policy applies` : '';
  out.headline(verdict, `${target.command}${beyond}`);

  if (simulation.since && !isOutside(asker)) out.list('proxy', runningProxyTexts(updatesOf(simulation)));
  const journeys = journeysOf(explanation, { sieve: full });
  if (verdict.ending) {
    const { outcome, destination } = verdict.ending;
    out.field('client sees', outcomeText(target, outcome));
    if (destination) out.field('goes to', destinationText(destination));
    out.ways(explanation);
    const because = becauseText(explanation, (ref) => out.where(ref));
    if (because !== undefined) out.field('because', because);
    out.journey(full ? journeys.flat() : sharedLines(journeys));
    bystanders()
      .filter(({ at }) => full || !because?.includes(out.where(at) ?? '\0'))
      .slice(0, full ? undefined : 2)
      .forEach((bystander, index) => {
        const { at } = bystander;
        out.about(index === 0 ? 'see also' : '', bystanderText(bystander, objectName(at)), [at], 'place only');
      });
  } else {
    out.uncertainty(explanation);
    out.journey(full ? journeys.flat() : sharedLines(journeys));
  }
  for (const { message } of remarksOn(explanation)) out.field('beware', message);
  const assumptions = verdict.assumptions.map(assumptionText).filter((text) => !options.told?.has(text));
  for (const text of assumptions) options.told?.add(text);
  out.list('assumed', assumptions);
  if (options.fix) out.verbatim('to allow it', options.fix);
  return out.toString();
}

/** The lines that every branch of a journey has. */
function sharedLines([first = [], ...others]: readonly JourneyLine[][]): JourneyLine[] {
  return first.filter(({ reason }) => others.every((branch) => branch.some((line) => line.reason === reason)));
}

const ADDRESS_KINDS: ReadonlySet<string> = new Set(['address-in', 'address-elsewhere']);

/** The lines of an explanation, with the places of the objects at fault. */
class Layout extends LabelledLines {
  constructor(private readonly explained: TextOptions) {
    super(explained);
  }

  /** @param style `place only`: the text already names the object */
  about(label: string, text: string, refs: readonly FieldRef[], style: 'full' | 'place only' = 'full'): void {
    this.field(
      label,
      text,
      refs.map((ref) => (style === 'full' ? this.place(ref) : this.location(ref))),
    );
  }

  /** A line for each, the first one with the label. */
  list(label: string, texts: readonly string[]): void {
    texts.forEach((text, index) => this.field(index === 0 ? label : '', text));
  }

  /** Why there is no certain verdict, and what is possible. */
  uncertainty({ target, verdict: { obstacles, alternatives } }: Explanation): void {
    obstacles.forEach((obstacle, index) => {
      const refs = 'at' in obstacle ? [obstacle.at] : [];
      this.about(index === 0 ? 'because' : '', obstacleText(obstacle), refs);
    });
    this.ways({ target, verdict: { alternatives } });
    if (alternatives.some(({ when }) => when.some(({ kind }) => ADDRESS_KINDS.has(kind)))) {
      this.field('to know', addressHint(target));
    }
  }

  /** In which ways a request may end, and under which circumstances. */
  ways({ target, verdict: { alternatives } }: { target: Target; verdict: Pick<Verdict, 'alternatives'> }): void {
    const circumstances = alternatives.map(({ when }) => new Set(when.map(conditionText)));
    const [first, ...others] = circumstances;
    const shared = [...(first ?? [])].filter((text) => others.every((texts) => texts.has(text)));
    shared.forEach((text, index) => this.field(index === 0 ? 'because' : '', text));
    alternatives.forEach(({ outcome, destination, decidedBy }, index) => {
      const own = [...circumstances[index]!].filter((text) => !shared.includes(text));
      const where = destination ? ` (${destinationText(destination)})` : '';
      const condition = own.length > 0 ? `${own.join(', ')}: ` : '';
      this.about(
        index === 0 ? 'either' : 'or',
        `${condition}${outcomeText(target, outcome)}${where}`,
        decidedBy.slice(0, 2),
      );
    });
  }

  journey(lines: readonly JourneyLine[]): void {
    const { full, palette } = this.explained;
    let told: readonly FieldRef[] = [];
    for (const { stage, reason, objects, decisive, nearMisses } of lines) {
      if (stage === 'outcome') continue;
      const news = nearMisses.count > 0 && !full ? [] : objects.filter((ref) => !told.includes(ref));
      const mark = decisive ? palette.red('✗') : ' ';
      this.field(
        stage.replace('-', ' '),
        reason,
        news.slice(0, full ? 5 : 2).map((ref) => this.place(ref)),
        mark,
      );
      told = objects;
      this.nearMisses(nearMisses);
    }
  }

  private nearMisses(nearMisses: NearMisses): void {
    const { full } = this.explained;
    const shown = nearMisses.first(full ? MOST_NEAR_MISSES : 3);
    for (const { text, at } of shown) this.field('', `there is ${text}`, at ? [this.place(at)] : []);
    const hidden = nearMisses.count - shown.length;
    if (hidden > 0) this.field('', `and ${hidden} more${full ? '' : ', which --trace shows'}`);
  }

  /** `policies/e.yaml:15` */
  where(ref: FieldRef): string | undefined {
    const location = this.explained.locate(ref.object, ref.path);
    return location && `${location.file}:${location.line}`;
  }

  private location(ref: FieldRef): string {
    const where = this.where(ref);
    return where === undefined ? '' : `(${where})`;
  }

  private place(ref: FieldRef): string {
    const location = this.location(ref) || (ref.path.length > 0 ? pathText(ref.path) : '');
    return location ? `${objectName(ref)} ${location}` : objectName(ref);
  }
}
