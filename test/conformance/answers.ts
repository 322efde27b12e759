import { createHash } from 'node:crypto';

import { planAllow } from '../../src/lib/analysis/allow/index.js';
import { compareWorlds } from '../../src/lib/analysis/compare/index.js';
import { envoyBootstrap, envoyConfiguration } from '../../src/lib/analysis/envoy-config/index.js';
import { lint } from '../../src/lib/analysis/lint/lint.js';
import { accountOf, planMigration, worldAfter } from '../../src/lib/analysis/migrate/index.js';
import { reachOf } from '../../src/lib/analysis/reach/reach.js';
import { spaceOf } from '../../src/lib/analysis/request-space/index.js';
import { isGranted } from '../../src/lib/analysis/standing.js';
import { readAll } from '../../src/lib/analysis/unread.js';
import { explanationDocument } from '../../src/lib/output/explain/document.js';
import type { Resource } from '../../src/lib/resources/types.js';
import { explain } from '../../src/lib/simulator/explain.js';
import { parseTarget } from '../../src/lib/simulator/request/index.js';
import type { Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld, type Source } from '../../src/lib/simulator/world.js';
import { istioSimulationOf, istioWorldOf, type RecordedIstioWorld } from './istio.js';
import type { RecordedWorld } from './recordings.js';
import { simulationOf, type Hosts } from './replay.js';

/** Something that can be asked about a recorded world; the answer is plain data. */
export interface Question {
  readonly name: string;
  readonly answer: () => unknown;
}

const ANALYSES = ['lint', 'reach', 'envoy', 'allow', 'without', 'migrate'] as const;

/**
 * What can be asked about a recorded world: what the proxy holds, each probe explained, and of some worlds also what stands on the
 * simulator, which takes its time.
 */
export function questionsAbout(recorded: RecordedWorld | RecordedIstioWorld, hosts: Hosts): Question[] {
  if ('meshConfig' in recorded) return questionsAboutIstio(recorded, hosts);
  const [namespace, serviceAccount] = recorded.source.split('/') as [string, string];
  const source = { namespace, serviceAccount };
  let simulation: Simulation | undefined;
  const simulated = (): Simulation => (simulation ??= simulationOf(recorded, hosts));
  const probes = recorded.probes.map(({ target }) => ({
    name: `explain ${target}`,
    answer: () => explained(simulated(), target, source),
  }));
  const program = {
    name: 'program',
    answer: () => {
      const { listenerState, listenerChances, routeRefusals } = simulated();
      return { listenerState, listenerChances, routeRefusals };
    },
  };
  return [program, ...probes, ...(isAnalysed(recorded) ? analysesOf(recorded, hosts, source, simulated) : [])];
}

function questionsAboutIstio(recorded: RecordedIstioWorld, hosts: Hosts): Question[] {
  const { name, probes, source } = recorded;
  let simulation: Simulation | undefined;
  const simulated = (): Simulation => (simulation ??= istioSimulationOf(recorded, hosts));
  const admission = {
    name: 'admission',
    answer: () =>
      istioWorldOf(recorded).admissions.map(({ object, error, warning }) => [object.metadata.name, error, warning]),
  };
  const explanations = probes.map(({ target }) => ({
    name: `explain ${target}`,
    answer: () => explained(simulated(), target, source),
  }));
  const reach = {
    name: 'reach',
    answer: () => {
      const { rows, undecided } = reachOf(simulated(), spaceOf([simulated()], { detail: 'policies' }));
      return { rows, undecided };
    },
  };
  return [admission, ...explanations, ...(isOneOf(4, name) ? [reach] : [])];
}

/** By its name, one of sixteen, and one of four of those that were made to show something. */
function isAnalysed({ name }: RecordedWorld): boolean {
  const isMadeByChance = /-\d+$/.test(name);
  return isOneOf(isMadeByChance ? 16 : 4, name);
}

function isOneOf(count: number, name: string): boolean {
  return Number.parseInt(digestOf(name), 16) % count === 0;
}

function explained(simulation: Simulation, target: string, source: Source): unknown {
  const asker = { source, pod: undefined, mesh: simulation.world.meshName, known: 'given', partly: false };
  return explanationDocument(explain(simulation, parseTarget(target)), {
    locate: () => undefined,
    asker: { ...asker, otherMesh: undefined } as unknown as Parameters<typeof explanationDocument>[1]['asker'],
    since: undefined,
    sieve: true,
  });
}

function analysesOf(
  { resources, probes }: RecordedWorld,
  hosts: Hosts,
  source: Source,
  simulated: () => Simulation,
): Question[] {
  const resolve = (name: string) => {
    const address = hosts.get(name);
    return address ? [address] : ('not-found' as const);
  };
  const targets = probes.map(({ target }) => parseTarget(target));
  const answers: Record<(typeof ANALYSES)[number], () => unknown> = {
    lint: () => {
      const subject = { world: createWorld(resources), objects: resources, worldOptions: {}, unread: readAll };
      return lint(subject, { concerns: () => true, quick: false });
    },
    reach: () => {
      const { rows, undecided } = reachOf(simulated(), spaceOf([simulated()], { detail: 'policies' }));
      return { rows, undecided };
    },
    envoy: () => [
      envoyConfiguration(simulated().program, source),
      envoyBootstrap(simulated().program, createWorld(resources), source),
    ],
    allow: () => {
      const denied = targets.filter((target) => !isGranted(simulated().decide(target))).slice(0, 2);
      return denied.map((target) => planAllow(resources, source, target, { resolve }));
    },
    without: () => {
      const first = resources.find(({ kind }) => kind === 'Egress');
      const rest: Resource[] = resources.filter((object) => object !== first);
      return first?.kind === 'Egress' && compareWorlds(createWorld(resources), createWorld(rest), [first]);
    },
    migrate: () => {
      const world = createWorld(resources);
      const plan = planMigration(world, [source], { resolve });
      const after = worldAfter(world, plan, [source]);
      const { changes, undecided } = accountOf(plan, after, [source], { resolve });
      return { plan: { ...plan, before: undefined, world: undefined }, changes, undecided };
    },
  };
  return ANALYSES.map((name) => ({ name, answer: answers[name] }));
}

/** An answer as text. Functions are left out, and what is inside itself is not gone into again. */
export function asText(answer: unknown): string {
  const above: unknown[] = [];
  return JSON.stringify(answer, function (this: unknown, _key, value: unknown) {
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (above.includes(value)) return '(above)';
    const shown = value instanceof Map || value instanceof Set ? [...value] : value;
    above.push(shown);
    return shown;
  });
}

/** Eight hexadecimal digits that stand for a text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
