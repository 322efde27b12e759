import type { Palette } from '../../cli/color.js';
import { writeErr, writeOut } from '../../cli/streams.js';
import type { ProxyAccount, TrafficVerification, Verified, VerifiedTally } from '../../egress/verify/index.js';
import type { FieldRef, Locate } from '../../resources/types.js';
import type { Explanation } from '../../simulator/explain.js';
import type { Target } from '../../simulator/request/index.js';
import { endingsOf, type Verdict } from '../../simulator/verdict.js';
import { observationText } from '../../wording/observation.js';
import { objectName, obstacleText, outcomeText } from '../../wording/verdict.js';
import { documentPrinter } from '../document.js';
import { objectDocument } from '../explain/document.js';
import { LabelledLines } from '../labelled-lines.js';

export interface VerifiedOptions {
  readonly format: 'text' | 'json' | 'yaml';
  /** More than one request: one document a line. */
  readonly several: boolean;
  readonly width: number;
  readonly palette: Palette;
}

/** Prints results as they come, and at the end how many there were of each sort. */
export async function printVerified(
  verification: TrafficVerification,
  tally: VerifiedTally,
  options: VerifiedOptions,
): Promise<void> {
  const print = options.format === 'text' ? undefined : documentPrinter(options.format, options.several);
  try {
    for await (const result of verification.results) {
      tally.add(result);
      if (print) await print(verifiedDocument(result, verification));
      else await writeOut(`${verifiedText(result, verification.locate, options)}\n`);
    }
  } finally {
    if (tally.summary !== '') writeErr(`${tally.summary}\n`);
  }
}

const HEADLINES: Record<Verified['status'], string> = {
  agree: 'AGREE',
  differ: 'DIFFER',
  unexplained: 'NOT KNOWN',
  'not-asked': 'NOT SENT',
};

function verifiedText(result: Verified, locate: Locate, { palette, width }: VerifiedOptions): string {
  const lines = new LabelledLines({ palette, width });
  const { target, predicted } = result;
  const isUntold = result.status === 'not-asked' && result.isSent === true;
  lines.task(HEADLINES[isUntold ? 'unexplained' : result.status], target.command);
  lines.field('policies say', verdictText(target, predicted.verdict), placesOf(predicted, locate));
  if (result.status === 'not-asked') {
    lines.field(isUntold ? 'because' : 'not sent', result.notAsked);
    if (result.hint !== undefined) lines.field('', result.hint);
    return lines.toString();
  }
  lines.field('curl saw', observationText(result.seen));
  if (result.status === 'agree') return lines.toString();
  const { proxy } = result;
  if (typeof proxy === 'string') lines.field('proxy', `cannot be asked what it holds: ${proxy}`);
  else accountLines(lines, target, proxy, locate);
  if (result.status === 'unexplained') {
    lines.field('so', 'nothing in the mesh is in the way: the server, or the network to it, fails');
  }
  return lines.toString();
}

const MOST_DIFFERENCES = 5;

function accountLines(
  lines: LabelledLines,
  target: Target,
  { explanation, differences }: ProxyAccount,
  locate: Locate,
): void {
  lines.field('proxy holds', verdictText(target, explanation.verdict));
  if (differences.length === 0) lines.field('', 'what the policies say');
  differences.slice(0, MOST_DIFFERENCES).forEach(({ part, sort, text, expected }, index) => {
    lines.field(
      index === 0 ? 'it differs' : '',
      `${part}: ${sort}: ${text}`,
      expected.map((ref) => place(ref, locate)),
    );
  });
  const more = differences.length - MOST_DIFFERENCES;
  if (more > 0) lines.field('', `and ${more} more, which osm-ts egress envoy --diff shows`);
}

function place(ref: FieldRef, locate: Locate): string {
  const at = locate(ref.object, ref.path);
  return at ? `${objectName(ref)} (${at.file}:${at.line})` : objectName(ref);
}

function placesOf({ verdict }: Explanation, locate: Locate): string[] {
  return (verdict.ending?.decidedBy ?? []).slice(0, 2).map((ref) => place(ref, locate));
}

/** `allowed: the server's answer` */
function verdictText(target: Target, verdict: Verdict): string {
  const ways = [...new Set(endingsOf(verdict).map(({ outcome }) => outcomeText(target, outcome)))];
  const obstacles = verdict.obstacles.map(obstacleText);
  return `${verdict.verdict}: ${[...obstacles, ways.join(', or ')].filter((text) => text !== '').join('; ')}`;
}

/** `kind: EgressVerification`, described by schemas/egress-verification.json. */
function verifiedDocument(result: Verified, { pod, container, locate }: TrafficVerification) {
  const { target, predicted, status } = result;
  const isSent = result.status !== 'not-asked';
  const proxy = 'proxy' in result ? result.proxy : undefined;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressVerification',
    pod: { namespace: pod.namespace, name: pod.name, container },
    target: { command: target.command, scheme: target.scheme, host: target.host, port: target.port },
    status,
    predicted: verdictDocument(predicted.verdict),
    decidedBy: (predicted.verdict.ending?.decidedBy ?? []).slice(0, 20).map((ref) => objectDocument(ref, locate)),
    observed: isSent
      ? {
          curlExitCode: result.seen.exitCode,
          httpStatus: result.seen.httpStatus,
          from: result.seen.httpStatus === null ? null : result.seen.fromEnvoy ? 'envoy' : 'upstream',
          address: result.seen.address ?? null,
          connection: result.seen.connection,
        }
      : null,
    proxy:
      proxy === undefined || typeof proxy === 'string'
        ? null
        : {
            ...verdictDocument(proxy.explanation.verdict),
            differences: proxy.differences.map(({ part, sort, text }) => ({ part, sort, message: text })),
          },
    reason: isSent ? (typeof proxy === 'string' ? proxy : null) : result.notAsked,
  };
}

function verdictDocument(verdict: Verdict) {
  return { verdict: verdict.verdict, outcomes: endingsOf(verdict).map(({ outcome }) => outcome) };
}
