/** All requests at once: differences, reach and worst cases, with their aims. */
import { reachOf } from '../../src/lib/analysis/reach/reach.js';
import { difference } from '../../src/lib/analysis/request-space/index.js';
import type { Resource } from '../../src/lib/resources/types.js';
import { simulate, type Simulation } from '../../src/lib/simulator/simulation.js';
import { createWorld } from '../../src/lib/simulator/world.js';
import { edited, measure, policies, policy, routeGroup } from './policies.js';

const account = (name: string) => ({ namespace: 'apps', serviceAccount: name });

function simulationOf(resources: readonly Resource[], name = 'account-0'): Simulation {
  return simulate(createWorld(resources), account(name));
}

function saidOf({ differing, undecided }: ReturnType<typeof difference>): string {
  return `${differing.length} classes differ, ${undecided.length} places undecided`;
}

function reach(simulation: Simulation): string {
  const { rows, undecided } = reachOf(simulation);
  const classes = rows.reduce((sum, row) => sum + row.classes.length, 0);
  return `${rows.length} rows of ${classes} classes, ${undecided.length} places undecided`;
}

const thousand = policies(1000, 1);
measure('diff of 1,000 policies of one source, 10 edits', 2, () =>
  saidOf(difference(simulationOf(thousand), simulationOf(edited(thousand, 10)))),
);
measure('diff of 1,000 policies of one source with itself', 2, () =>
  saidOf(difference(simulationOf(thousand), simulationOf(structuredClone(thousand)))),
);
const tenThousand = policies(10_000, 200);
measure('diff of 10,000 policies over 200 sources, 10 edits', 10, () => {
  const [before, after] = [createWorld(tenThousand), createWorld(edited(tenThousand, 10))];
  let count = 0;
  for (let index = 0; index < 200; index++) {
    const source = account(`account-${index}`);
    count += difference(simulate(before, source), simulate(after, source)).differing.length;
  }
  return `${count} classes differ`;
});
measure('reach with 1,000 policies', 2, () => reach(simulationOf(thousand)));

const words = 'users orders items carts prices stock search login logout profile'.split(' ');
const human = words.flatMap((word) => [
  `/api/v[0-9]+/${word}`,
  `/api/v1/${word}/[0-9a-f-]+`,
  `/${word}/.*`,
  `.*/${word}\\.(json|xml)`,
  `(?i)/legacy/${word}(/.*)?`,
]);
const oneHost = (paths: readonly string[]): Resource[] => [
  routeGroup('group', paths),
  policy('one', 'account-0', { hosts: ['example.com'], ports: [{ number: 80, protocol: 'http' }], group: 'group' }),
];
measure('reach of a virtual host with 50 path regexes', 1, () => reach(simulationOf(oneHost(human))));
measure('diff of it with one route less', 1, () =>
  saidOf(difference(simulationOf(oneHost(human)), simulationOf(oneHost(human.slice(0, -1))))),
);

const letters = 'abcdefghijklmnopqrstuvwxyz';
/** The hardest of this form that Envoy takes. */
const hard = Array.from(
  { length: 100 },
  (_, index) => `/[a-z]{1,9}${letters[index % 26]}[a-z]{1,9}${letters[(index * 7) % 26]}`,
);
measure('100 regexes /.{1,30}x.{1,30}, which Envoy refuses, on one host', 5, () =>
  reach(simulationOf(oneHost(Array.from({ length: 100 }, () => '/.{1,30}x.{1,30}')))),
);
measure('100 regexes /[a-z]{1,9}x[a-z]{1,9}y on one host', 5, () => reach(simulationOf(oneHost(hard))));
measure('diff of them with one less', 5, () =>
  saidOf(difference(simulationOf(oneHost(hard)), simulationOf(oneHost(hard.slice(1))))),
);
measure('5,000 CIDRs on one port', 5, () => {
  const ranges = Array.from(
    { length: 5000 },
    (_, index) => `10.${index >> 6}.${(index & 63) * 4}.0/${22 + (index % 8)}`,
  );
  return reach(
    simulationOf(
      ranges.map((range, index) =>
        policy(`p-${index}`, 'account-0', { ranges: [range], ports: [{ number: 5432, protocol: 'tcp' }] }),
      ),
    ),
  );
});
measure('2,000 hosts with 20 routes', 5, () => {
  const paths = Array.from({ length: 20 }, (_, index) => `/api/v${index}/[a-z]+/.*`);
  const hosts = Array.from({ length: 2000 }, (_, index) => `host-${index}.example.com`);
  return reach(
    simulationOf([
      routeGroup('group', paths),
      policy('all', 'account-0', { hosts, ports: [{ number: 80, protocol: 'http' }], group: 'group' }),
    ]),
  );
});

for (const size of [10, 100, 1000]) {
  const resources = policies(size, 1);
  const [before, after] = [simulationOf(resources), simulationOf(edited(resources, 1))];
  measure(`diff of ${size} policies with one edit, programs compiled`, 1, () => saidOf(difference(before, after)));
}
console.log(`memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most (aim: 300 MB)`);
