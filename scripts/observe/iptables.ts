import type { MeshConfig, Pod } from '../../src/lib/resources/types.js';
import { OUTBOUND_PORT } from '../../src/lib/analysis/envoy-config/listener.js';
import { PROXY_USER } from '../../src/lib/simulator/interception.js';

/** Input of iptables-restore that redirects nothing. */
export const NO_RULES = '*nat\nCOMMIT\n';

/** Where Envoy's inbound listener would be. */
const INBOUND_PORT = 15003;

/**
 * The rules of a pod, as OSM's init container writes them: from the lists as they are written, so that iptables has to take them; ports
 * are numbers by then. Egress semantics §2.
 * @returns input of iptables-restore
 */
export function iptablesRules(meshConfig: MeshConfig | undefined, pod: Pod | undefined): string {
  const traffic = meshConfig?.spec?.traffic ?? {};
  const annotated = (list: string): string[] => {
    const text = pod?.metadata.annotations?.[`openservicemesh.io/${list}`] ?? '';
    return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
  };
  const exceptPorts = (direction: 'inbound' | 'outbound'): string[] => {
    const annotation = annotated(`${direction}-port-exclusion-list`).map(Number);
    const ports = [...new Set([...annotation, ...(traffic[`${direction}PortExclusionList`] ?? [])])];
    return ports.length > 0 ? [`-p tcp -m multiport --dports ${ports.join(',')} -j RETURN`] : [];
  };
  const excluded = [...annotated('outbound-ip-range-exclusion-list'), ...(traffic.outboundIPRangeExclusionList ?? [])];
  const included = [...annotated('outbound-ip-range-inclusion-list'), ...(traffic.outboundIPRangeInclusionList ?? [])];
  const rules = [
    '-o lo -j RETURN',
    `-m owner --uid-owner ${PROXY_USER} -j RETURN`,
    ...(traffic.networkInterfaceExclusionList ?? []).map((name) => `-o ${name} -j RETURN`),
    ...excluded.map((range) => `-d ${range} -j RETURN`),
    ...exceptPorts('outbound'),
    ...(included.length > 0 ? [...included.map((range) => `-d ${range} -j TO_PROXY`), '-j RETURN'] : ['-j TO_PROXY']),
  ];
  return [
    '*nat',
    ':POD_OUTBOUND -',
    ':TO_PROXY -',
    `-A TO_PROXY -p tcp -j REDIRECT --to-ports ${OUTBOUND_PORT}`,
    '-A OUTPUT -p tcp -j POD_OUTBOUND',
    ...rules.map((rule) => `-A POD_OUTBOUND ${rule}`),
    ':POD_INBOUND -',
    '-A PREROUTING -p tcp -j POD_INBOUND',
    ...exceptPorts('inbound').map((rule) => `-A POD_INBOUND ${rule}`),
    `-A POD_INBOUND -p tcp -j REDIRECT --to-ports ${INBOUND_PORT}`,
    'COMMIT',
    '',
  ].join('\n');
}
