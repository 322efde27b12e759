/** Policies to measure with, and how measurements are told. */
import type { Egress, HTTPRouteGroup, Resource } from '../../src/lib/resources/types.js';

export interface PolicyShape {
  readonly hosts?: string[];
  readonly ranges?: string[];
  readonly ports: { number: number; protocol: string }[];
  readonly group?: string;
}

export function policy(name: string, account: string, { hosts, ranges, ports, group }: PolicyShape): Egress {
  return {
    apiVersion: 'policy.openservicemesh.io/v1alpha1',
    kind: 'Egress',
    metadata: { name, namespace: 'apps' },
    spec: {
      sources: [{ kind: 'ServiceAccount', name: account, namespace: 'apps' }],
      ports,
      ...(hosts && { hosts }),
      ...(ranges && { ipAddresses: ranges }),
      ...(group && { matches: [{ apiGroup: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup', name: group }] }),
    },
  };
}

export function routeGroup(
  name: string,
  paths: readonly string[],
  methods: string[] = ['GET', 'POST'],
): HTTPRouteGroup {
  return {
    apiVersion: 'specs.smi-spec.io/v1alpha4',
    kind: 'HTTPRouteGroup',
    metadata: { name, namespace: 'apps' },
    spec: { matches: paths.map((pathRegex, index) => ({ name: `match-${index}`, pathRegex, methods })) },
  };
}

/** Policies as people write them: http hosts with routes, https hosts, tcp ranges. */
export function policies(count: number, accounts: number): Resource[] {
  const groups = Array.from({ length: 20 }, (_, index) =>
    routeGroup(`group-${index}`, ['/healthz', `/api/v${index}/.*`, '/static/.*\\.(css|js)']),
  );
  const egresses = Array.from({ length: count }, (_, index) => {
    const account = `account-${index % accounts}`;
    const hosts = [`host-${index}.example.com`, `api-${index}.example.org`];
    switch (index % 4) {
      case 0:
        return policy(`p-${index}`, account, {
          hosts,
          ports: [{ number: 80, protocol: 'http' }],
          group: `group-${index % 20}`,
        });
      case 1:
        return policy(`p-${index}`, account, { hosts, ports: [{ number: 443, protocol: 'https' }] });
      case 2:
        return policy(`p-${index}`, account, { hosts, ports: [{ number: 8080, protocol: 'http' }] });
      default:
        return policy(`p-${index}`, account, {
          ranges: [`10.${(index >> 8) & 255}.${index & 255}.0/24`],
          ports: [{ number: 5432, protocol: 'tcp' }],
        });
    }
  });
  return [...groups, ...egresses];
}

/** The same with some policies changed: another port, host, range or group. */
export function edited(resources: readonly Resource[], edits: number): Resource[] {
  const every = Math.floor(resources.length / edits);
  return resources.map((resource, index) => {
    if (resource.kind !== 'Egress' || index % every !== every - 1) return resource;
    const { spec } = resource;
    const ipAddresses = spec.ipAddresses?.map((range) => range.replace('/24', '/25'));
    const hosts = spec.hosts?.map((host, at) => (at === 0 ? `new-${host}` : host));
    return { ...resource, spec: { ...spec, ...(hosts && { hosts }), ...(ipAddresses && { ipAddresses }) } };
  });
}

export function measure(what: string, aimSeconds: number, work: () => string): void {
  const [begin, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  const said = work();
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const ofProcessor = ((user + system) / 1e6).toFixed(2);
  console.log(`${what}: ${seconds.toFixed(2)} s, ${ofProcessor} s of processor time (aim: ${aimSeconds} s); ${said}`);
}
