/** Cells as data in which equal ones are one: a matrix of thousands of cells has few that differ. */
import { branchesOf, type Explanation } from '../../simulator/explain.js';
import type { Asker } from '../../egress/explain.js';
import type { Cell } from '../../egress/matrix.js';
import type { Locate } from '../../resources/types.js';
import { formatCurl } from '../../simulator/request/index.js';
import { endingsOf } from '../../simulator/verdict.js';
import { sourceText } from '../../wording/policy.js';
import { someText } from '../../wording/matrix.js';
import { journeysOf } from '../explain/journey.js';
import type { JourneyLine } from '../explain/journey-line.js';
import { summaryOf } from '../explain/summary.js';
import { objectPlace } from '../reach/table.js';

/** The stations of a request, in the order in which it passes them. */
export const STATIONS = ['pod', 'interception', 'listener', 'chain', 'route', 'upstream'] as const;
type Station = (typeof STATIONS)[number];

const STATION_OF: Readonly<Record<string, Station>> = {
  resolution: 'interception',
  interception: 'interception',
  listener: 'listener',
  detection: 'listener',
  'filter-chain': 'chain',
  request: 'chain',
  routes: 'route',
  'virtual-host': 'route',
  route: 'route',
  cluster: 'upstream',
  clusters: 'upstream',
  'traffic-split': 'upstream',
  outcome: 'upstream',
};

/** One station of a journey. */
export interface Step {
  readonly station: Station;
  /** Whether the request ends here without getting through. */
  readonly stops: boolean;
  readonly texts: readonly string[];
  /** `Egress apps/web (web.yaml:7)` */
  readonly places: readonly string[];
}

export interface CellOutcome {
  readonly verdict: Cell['verdict'];
  /** With `some`: the requests that get through. */
  readonly requests: readonly string[];
  readonly reason: string;
  readonly steps: readonly Step[];
  readonly decidedBy: readonly string[];
  /** Its journey is told. */
  readonly example: string;
}

export function outcomeOf({ verdict, classes, explain }: Cell, asker: Asker, locate: Locate): CellOutcome {
  const explanation = explain();
  const refs = endingsOf(explanation.verdict).flatMap(({ decidedBy }) => decidedBy);
  return {
    verdict,
    requests: [...new Set(classes.map(someText))],
    reason: summaryOf({ asker, explanation }),
    steps: stepsOf(firstJourney(explanation), sourceText(asker.source), verdict === 'denied', locate),
    decidedBy: [...new Set(refs.map((ref) => objectPlace(ref, locate)))],
    example: explanation.target.command || formatCurl(explanation.target),
  };
}

function firstJourney(explanation: Explanation): readonly JourneyLine[] {
  const events = branchesOf(explanation.events)[0] ?? [];
  return journeysOf({ ...explanation, events }, { sieve: false })[0] ?? [];
}

function stepsOf(journey: readonly JourneyLine[], source: string, denied: boolean, locate: Locate): Step[] {
  const steps = new Map<Station, Step>([['pod', { station: 'pod', stops: false, texts: [source], places: [] }]]);
  for (const { stage, reason, objects, decisive } of journey) {
    const station = STATION_OF[stage] ?? 'upstream';
    const known = steps.get(station) ?? { station, stops: false, texts: [], places: [] };
    const places = objects.slice(0, 3).map((ref) => objectPlace(ref, locate));
    steps.set(station, {
      station,
      stops: known.stops || (denied && decisive),
      texts: [...known.texts, reason],
      places: [...new Set([...known.places, ...places])],
    });
  }
  // what the client sees belongs to the station where the journey ends
  const [last] = [...steps.values()].filter(({ stops }) => stops);
  const end = steps.get('upstream');
  if (last && end && last !== end) {
    steps.delete('upstream');
    steps.set(last.station, { ...last, texts: [...last.texts, ...end.texts] });
  }
  return [...steps.values()];
}

/** The host in the name of a column, or in a URL; for a wildcard one that it stands for. */
export function hostIn(column: string): string {
  const host = /^[^ /]+(?=:\d+\/)/.exec(column) ?? /(?<=:\/\/)[^ /:'"]+/.exec(column);
  return host?.[0].replace('*', 'any') ?? '';
}
