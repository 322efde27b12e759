import { describeVerdict, disagreement } from '../../test/conformance/agreement.js';
import type { Expectation } from '../../test/conformance/recordings.js';
import { PROXY_USER } from '../../src/lib/simulator/interception.js';
import type { Simulation } from '../../src/lib/simulator/simulation.js';
import type { Verdict } from '../../src/lib/simulator/verdict.js';
import type { EnvoySettings } from './envoy-files.js';
import { prepare, type PreparedQuestion, type Question } from './experiment.js';
import type { Lab } from './lab.js';
import { expectationOf, type Observation, type ProxyState } from './sighting.js';

/** What became of one prediction. `unjudged`: there is none, or the lab cannot tell. */
export type Judgement = 'agree' | 'DISAGREE' | 'unjudged';

export interface Finding {
  /** The target; or `listener`, `routes`, for what the proxy takes and refuses. */
  readonly about: string;
  readonly judgement: Judgement;
  readonly predicted: string;
  readonly seen: string;
  /** In the words of the recordings; undefined when it has none. */
  readonly expectation: Expectation | undefined;
}

export interface Study {
  readonly findings: readonly Finding[];
  readonly proxy: ProxyState;
}

/** A disagreement counts when it is seen again in one of so many repetitions, each with a fresh proxy. */
const REPETITIONS = 2;

/**
 * Asks reality, and compares it with what the simulator says.
 * @throws TargetError for a target that cannot be read; Error when the experiment could not be made
 */
export async function study(lab: Lab, question: Question, settings: EnvoySettings): Promise<Study> {
  const prepared = prepare(question, settings);
  const first = judge(prepared, await lab.observe(prepared.experiment));
  let doubtful = first.findings.flatMap(({ judgement }, index) => (judgement === 'DISAGREE' ? [index] : []));
  if (doubtful.length === 0) return first;
  const confirmed = new Set<number>();
  for (let repetition = 0; repetition < REPETITIONS && doubtful.length > 0; repetition++) {
    const again = judge(prepared, await lab.observe(prepared.experiment));
    for (const index of doubtful) if (again.findings[index]!.judgement === 'DISAGREE') confirmed.add(index);
    doubtful = doubtful.filter((index) => !confirmed.has(index));
  }
  const unconfirmed = new Set(doubtful);
  const findings = first.findings.map((finding, index) =>
    unconfirmed.has(index)
      ? { ...finding, judgement: 'agree' as const, seen: `${finding.seen}, but not again` }
      : finding,
  );
  return { ...first, findings };
}

function judge(prepared: PreparedQuestion, observation: Observation): Study {
  const { simulation, targets, meshClusters, experiment } = prepared;
  const { proxy, broken } = observation;
  const verdicts = targets.map((target) => simulation.decide(target));
  if (broken !== null) {
    const seen = `iptables refuses the rules of the pod: ${broken}`;
    return { proxy, findings: verdicts.map((verdict, index) => brokenFinding(targets[index]!.command, verdict, seen)) };
  }
  const states = simulation.since ? [] : statesOf(simulation, proxy);
  const ofTargets = verdicts.map((verdict, index): Finding => {
    const sighting = observation.sightings[index]!;
    const expectation = expectationOf(sighting, meshClusters, experiment.detectionTimeoutSeconds);
    const { text, exitCode, status } = sighting;
    const seen = expectation ? JSON.stringify(expectation) : `curl exit ${exitCode}, status ${status}: ${text}`;
    const base = { about: targets[index]!.command, predicted: describeVerdict(verdict), seen, expectation };
    // the raw TCP client is nobody in particular
    const isSomebodyElse = experiment.clientUser === PROXY_USER && experiment.probes[index]!.kind === 'tcp';
    if (verdict.verdict === 'unknown' || isSomebodyElse) return { ...base, judgement: 'unjudged' };
    if (!expectation) return { ...base, judgement: 'DISAGREE' };
    const endings = verdict.ending ? [verdict.ending] : verdict.alternatives;
    const possible = endings.some(
      (ending) => disagreement({ ...verdict, verdict: 'allowed', ending }, expectation) === undefined,
    );
    return { ...base, judgement: possible ? 'agree' : 'DISAGREE' };
  });
  return { proxy, findings: [...states, ...ofTargets] };
}

/** Envoy counts refusals, so that those of a running proxy cannot be told from earlier ones. */
function statesOf({ routeRefusals, listenerState }: Simulation, proxy: ProxyState): Finding[] {
  const routesRefused = [...routeRefusals.values()].some((refusals) => refusals.length > 0);
  return [
    stateFinding('listener', listenerState, proxy.listener, proxy.reasons),
    stateFinding('routes', routesRefused ? 'refused' : 'accepted', proxy.routes, []),
  ];
}

function brokenFinding(about: string, verdict: Verdict, seen: string): Finding {
  const expectation: Expectation = { class: 'no-pod' };
  const judgement = disagreement(verdict, expectation) === undefined ? 'agree' : 'DISAGREE';
  return { about, judgement, predicted: describeVerdict(verdict), seen, expectation };
}

function stateFinding(about: string, predicted: string, seen: string, reasons: readonly string[]): Finding {
  const judgement = predicted === seen ? 'agree' : 'DISAGREE';
  return { about, judgement, predicted, seen: [seen, ...reasons].join(': '), expectation: undefined };
}
