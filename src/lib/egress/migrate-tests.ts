import { basename, dirname, relative } from 'node:path';
import { sampleOf } from '../analysis/policy-test/sample.js';
import { gatewayServices, podAfter } from '../analysis/migrate/after.js';
import { sourceKey } from '../analysis/migrate/plan.js';
import { UsageError } from '../errors.js';
import { MESH_KEY } from '../resources/istio-mesh-config.js';
import { serialize } from '../resources/index.js';
import { podsOfSource } from '../simulator/control-plane/inbound.js';
import { parseTarget } from '../simulator/request/index.js';
import type { VerdictWord } from '../simulator/verdict.js';
import type { RequestClass } from '../analysis/request-space/index.js';
import { classCommand } from '../wording/effects.js';
import { sourceText } from '../wording/policy.js';
import { requestClassText } from '../wording/request-class.js';
import type { MigrationAnswer } from './migrate.js';

/** One request of a class, and what OSM does with it today. */
export interface DayTest {
  readonly name: string;
  readonly from: string;
  readonly target: string;
  readonly expect: VerdictWord;
  /** As it can be sent for real, to a server that is most likely there; undefined where nobody knows of one. */
  readonly command: string | undefined;
}

/** Of each class of requests that a source may send one, and the nearest that it may not. */
export function testsOfToday({ plan, sources }: MigrationAnswer): DayTest[] {
  const seen = new Map<string, number>();
  return sources.flatMap((source) => {
    const simulation = plan.before.get(sourceKey(source))!;
    const from = sourceText(source);
    return sampleOf(simulation).flatMap(({ class: requests, isAllowed }): DayTest[] => {
      const target = requests.witness.command;
      const { verdict } = simulation.decide(parseTarget(target));
      if (verdict !== 'allowed' && verdict !== 'denied') return [];
      const name = `${from} ${isAllowed ? 'may' : 'may not'} send ${requestClassText(requests)}`;
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      const command = isAllowed && !namesServer(requests) ? undefined : classCommand(requests);
      return [{ name: times === 1 ? name : `${name} (${times})`, from, target, expect: verdict, command }];
    });
  });
}

/** Does the class name a host whose address is for DNS to tell? */
function namesServer({ constraints }: RequestClass): boolean {
  const isNamed = constraints.some(
    ({ dimension, parts }) => (dimension === 'host' || dimension === 'server-name') && parts.some(({ rest }) => !rest),
  );
  return isNamed && !constraints.some(({ dimension }) => dimension === 'address');
}

/**
 * A test file of today's verdicts for both meshes: OSM's policies, where they came from files, and Istio's resources, where they
 * were written to a directory. What is around the latter, pods and mesh configuration, is in the file itself.
 * @throws UsageError when there is neither
 */
export function migrationTestFile(answer: MigrationAnswer, file: string, directory: string | undefined): string {
  const { input } = answer;
  const { filenames, recursive, live } = input.options;
  const tests = testsOfToday(answer).map(({ name, from, target, expect }) => ({ name, from, target, expect }));
  const home = dirname(file);
  const seenFromThere = (path: string) => relative(home, path) || '.';
  const isFiles = filenames.length > 0 && !filenames.includes('-') && !live;
  if (!isFiles && directory === undefined) {
    throw new UsageError(
      'the tests would name no resources',
      'give the policies with -f, or the resources with --directory',
    );
  }
  if (tests.length === 0)
    throw new UsageError('the input knows nobody who sends requests', 'give policies with sources');
  const head = { apiVersion: 'osm-ts/v1', kind: 'EgressTest' };
  const documents = [
    ...(isFiles ? [{ ...head, resources: filenames.map(seenFromThere), ...(recursive && { recursive }), tests }] : []),
    ...(directory === undefined
      ? []
      : [
          { ...head, mesh: 'istio', resources: [seenFromThere(directory), basename(file)], tests },
          ...aroundIstio(answer),
        ]),
  ];
  return `# What OSM lets through today, of each class of requests one. Not for kubectl: the Pods at the end only tell who asks.\n${serialize(documents)}`;
}

function aroundIstio({ plan, sources, input: { world } }: MigrationAnswer): object[] {
  const namespaces = [...new Set(sources.map(({ namespace }) => namespace))];
  const pods = sources.flatMap((source) => {
    const own = podsOfSource(world, source);
    return (own.length > 0 ? own : [undefined]).map((pod) => podAfter(world, source, pod));
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: 'istio-system' },
      data: { [MESH_KEY]: serialize([plan.meshConfig]) },
    },
    ...namespaces.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'istio-injection': 'enabled' } },
    })),
    ...gatewayServices(plan),
    ...pods,
  ];
}
