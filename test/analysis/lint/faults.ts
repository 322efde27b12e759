import type { Egress, MeshConfig, Resource } from '../../../src/lib/resources/types.js';

/**
 * Faults that objects show by themselves, by the name of the rule that has to find them. Made without the simulator, from the words of
 * docs/egress-semantics.md, so that the rules have somebody to disagree with.
 */
export function faultsIn(resources: readonly Resource[]): Set<string> {
  const faults = new Set<string>();
  const policies = resources.filter((object): object is Egress => object.kind === 'Egress');
  const meshConfig = resources.find((object): object is MeshConfig => object.kind === 'MeshConfig');
  const flagIsOff = meshConfig !== undefined && meshConfig.spec?.featureFlags?.enableEgressPolicy !== true;
  for (const policy of policies) {
    const { sources, ports, hosts = [], ipAddresses = [], matches = [] } = policy.spec;
    const namespace = policy.metadata.namespace ?? 'default';
    const label = resources.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace);
    const named = (kind: string) => matches.filter((match) => match.kind === kind).map(({ name }) => name);
    const find = (kind: string, name: string) =>
      resources.find(
        (object) =>
          object.kind === kind &&
          object.metadata.name === name &&
          (object.metadata.namespace ?? 'default') === namespace,
      );
    const words = ports.map(({ protocol }) => protocol);
    const plain = words.map((word) => word.toLowerCase());
    const looksAtNames = plain.includes('http') || plain.includes('https');
    if (sources.length > 0) {
      if (flagIsOff) faults.add('egress-policy-off');
      if (label && label.metadata.labels?.['openservicemesh.io/monitored-by'] !== 'osm')
        faults.add('namespace-unmonitored');
      if (named('UpstreamTrafficSetting').some((name) => isMissingOrUnreadable(find('UpstreamTrafficSetting', name)))) {
        faults.add('upstream-traffic-setting-missing');
      }
      if (words.some((word) => KNOWN.has(word.toLowerCase()) && word !== word.toLowerCase()))
        faults.add('protocol-not-lower-case');
      if (words.some((word) => !KNOWN.has(word.toLowerCase()))) faults.add('protocol-unknown');
      const restricted = words.some((word) => ['https', 'tcp', 'tcp-server-first'].includes(word));
      if (restricted && ipAddresses.length > 0 && !ipAddresses.some(isRange)) faults.add('cidr-fails-open');
      if (plain.includes('http') && named('HTTPRouteGroup').some((name) => !find('HTTPRouteGroup', name))) {
        faults.add('route-group-missing');
      }
      if (named('UpstreamTrafficSetting').some((name) => hasNoTime(find('UpstreamTrafficSetting', name))))
        faults.add('clusters-refused');
      for (const name of named('UpstreamTrafficSetting')) {
        const text = JSON.stringify(find('UpstreamTrafficSetting', name) ?? {});
        const isZero = (field: string) => text.includes(`"${field}":0,`) || text.includes(`"${field}":0}`);
        const stopsHttp =
          words.includes('http') && hosts.length > 0 && (isZero('maxRequests') || isZero('maxPendingRequests'));
        const stopsTcp = restricted && (isZero('maxConnections') || isZero('maxPendingRequests'));
        if (stopsHttp || stopsTcp) faults.add('setting-lets-nothing-through');
      }
    }
    if (looksAtNames && hosts.some((host) => host.includes('://'))) faults.add('host-with-scheme');
    if (looksAtNames && hosts.some((host) => /^[^:*/]+:[0-9]+$/.test(host))) faults.add('host-with-port');
    if (plain.includes('http') && hosts.some((host) => host.includes('*') && !host.includes('://')))
      faults.add('wildcard-on-http');
    // of https, a name that begins with a dot stands for all below it, and an empty one for all
    const written = plain.includes('http') ? hosts : hosts.map((host) => host.replace(/^\.(?=.)/, '') || 'all');
    if (looksAtNames && written.some((host) => !/[*]|:\/\/|^[^:/]+:[0-9]+$/.test(host) && !isNameOrAddress(host))) {
      faults.add('host-not-a-name');
    }
  }
  for (const setting of resources.filter(({ kind }) => kind === 'UpstreamTrafficSetting')) {
    const isOfService = resources.some(
      ({ kind, metadata: { name, namespace = 'default' } }) =>
        kind === 'Service' &&
        namespace === (setting.metadata.namespace ?? 'default') &&
        JSON.stringify(setting).includes(`"host":"${name}.${namespace}.svc.cluster.local"`),
    );
    if (isOfService && hasNoTime(setting)) faults.add('clusters-refused');
  }
  return faults;
}

/** Is its `connectTimeout`, where that can be read, zero or less? */
function hasNoTime(setting: Resource | undefined): boolean {
  const timeout = /"connectTimeout":"([^"]*)"/.exec(JSON.stringify(setting ?? {}))?.[1];
  if (timeout === undefined || isMissingOrUnreadable(setting)) return false;
  return timeout.startsWith('-') || !/[1-9]/.test(timeout);
}

const KNOWN = new Set(['http', 'https', 'tcp', 'tcp-server-first']);

function isMissingOrUnreadable(setting: Resource | undefined): boolean {
  const timeout = /"connectTimeout":"([^"]*)"/.exec(JSON.stringify(setting ?? {}))?.[1];
  if (!setting) return true;
  if (timeout === undefined) return false;
  const hours = Number(/^[-+]?([0-9]+)h/.exec(timeout)?.[1] ?? 0);
  return hours > 292 * 366 * 24 || !/^[-+]?(0|([0-9.]+(ns|us|µs|ms|s|m|h))+)$/.test(timeout);
}

function isRange(text: string): boolean {
  const [address = '', prefix = ''] = text.split('/');
  if (!/^[0-9]{1,3}$/.test(prefix)) return false;
  if (address.includes(':')) return Number(prefix) <= 128;
  const octets = address.split('.');
  return (
    octets.length === 4 &&
    octets.every((octet) => /^(0|[1-9][0-9]*)$/.test(octet) && Number(octet) < 256) &&
    Number(prefix) <= 32
  );
}

function isNameOrAddress(host: string): boolean {
  if (/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(host)) return true;
  const name = host.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label));
}
