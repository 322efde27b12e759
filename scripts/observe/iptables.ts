import type { MeshConfig, Pod } from '../../src/lib/resources/types.js';
import { OUTBOUND_PORT } from '../../src/lib/analysis/envoy-config/listener.js';

/** Input of iptables-restore that redirects nothing. */
export const NO_RULES = '*nat\nCOMMIT\n';

/** Envoy's user, whose own connections are left alone. */
export const PROXY_USER = 1500;

/**
 * The rules of a pod's outbound side, as OSM's init container writes them: from the lists as they are written, so that iptables
 * has to take them. Egress semantics §2.
 * @returns input of iptables-restore
 */
export function iptablesRules(meshConfig: MeshConfig | undefined, pod: Pod | undefined): string {
  const traffic = meshConfig?.spec?.traffic ?? {};
  const annotated = (list: string): string[] => {
    const text = pod?.metadata.annotations?.[`openservicemesh.io/${list}`] ?? '';
    return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
  };
  const ports = [...annotated('outbound-port-exclusion-list'), ...(traffic.outboundPortExclusionList ?? [])];
  const excluded = [...annotated('outbound-ip-range-exclusion-list'), ...(traffic.outboundIPRangeExclusionList ?? [])];
  const included = [...annotated('outbound-ip-range-inclusion-list'), ...(traffic.outboundIPRangeInclusionList ?? [])];
  const rules = [
    '-o lo -j RETURN',
    `-m owner --uid-owner ${PROXY_USER} -j RETURN`,
    ...(traffic.networkInterfaceExclusionList ?? []).map((name) => `-o ${name} -j RETURN`),
    ...excluded.map((range) => `-d ${range} -j RETURN`),
    ...(ports.length > 0
      ? [`-p tcp -m multiport --dports ${[...new Set(ports.map(String))].join(',')} -j RETURN`]
      : []),
    ...(included.length > 0 ? [...included.map((range) => `-d ${range} -j TO_PROXY`), '-j RETURN'] : ['-j TO_PROXY']),
  ];
  return [
    '*nat',
    ':POD_OUTBOUND -',
    ':TO_PROXY -',
    `-A TO_PROXY -p tcp -j REDIRECT --to-ports ${OUTBOUND_PORT}`,
    '-A OUTPUT -p tcp -j POD_OUTBOUND',
    ...rules.map((rule) => `-A POD_OUTBOUND ${rule}`),
    'COMMIT',
    '',
  ].join('\n');
}
