import type { Egress, FieldRef, UpstreamTrafficSetting } from '../../resources/types.js';
import { parseGoDuration, protobufDuration } from '../../text/go-duration.js';
import { UNLIMITED, type ClusterLimits } from '../envoy/types.js';
import type { World } from '../world.js';
import { fieldRef, namespacedName } from '../world.js';
import type { MeshService } from './mesh-services.js';

/** What the settings that apply say of clusters. Egress semantics §3.5. */
export interface UpstreamSettings {
  /** `missing`: a reference of the policy to a setting that does not exist, or that the controller cannot decode. */
  ofPolicy(policy: Egress): { readonly limits: ClusterLimits | null } | { readonly missing: FieldRef };
  /** Several: settings of one host, of which the control plane takes one by chance. */
  ofService(service: MeshService): readonly (ClusterLimits | null)[];
}

export function upstreamSettingsOf(world: World): UpstreamSettings {
  const byHost = new Map<string, (ClusterLimits | null)[]>();
  for (const setting of world.upstreamTrafficSettings.values()) {
    if (!isDecodable(setting)) continue;
    const key = namespacedName(setting.metadata.namespace, setting.spec.host);
    const known = byHost.get(key);
    if (known) known.push(limitsOf(setting));
    else byHost.set(key, [limitsOf(setting)]);
  }
  return {
    ofPolicy(policy) {
      const matches = policy.spec.matches ?? [];
      const index = matches.findIndex(({ kind }) => kind === 'UpstreamTrafficSetting');
      if (index < 0 || world.unreadable.has('UpstreamTrafficSetting')) return { limits: null };
      const setting = world.upstreamTrafficSettings.get(
        namespacedName(policy.metadata.namespace, matches[index]!.name),
      );
      if (!setting) return { missing: fieldRef(policy, 'spec', 'matches', index) };
      return isDecodable(setting) ? { limits: limitsOf(setting) } : { missing: connectTimeoutAt(setting) };
    },
    ofService({ namespace, name }) {
      return byHost.get(namespacedName(namespace, `${name}.${namespace}.svc.cluster.local`)) ?? UNLIMITED;
    },
  };
}

function connectTimeoutAt(setting: UpstreamTrafficSetting): FieldRef {
  return fieldRef(setting, 'spec', 'connectionSettings', 'tcp', 'connectTimeout');
}

function isDecodable({ spec }: UpstreamTrafficSetting): boolean {
  const timeout = spec.connectionSettings?.tcp?.connectTimeout;
  return timeout === undefined || parseGoDuration(timeout) !== undefined;
}

/** null when the setting says nothing of limits. */
function limitsOf(setting: UpstreamTrafficSetting): ClusterLimits | null {
  const { tcp, http } = setting.spec.connectionSettings ?? {};
  const timeout = tcp?.connectTimeout === undefined ? undefined : parseGoDuration(tcp.connectTimeout);
  const limits = {
    ...(tcp?.maxConnections !== undefined && { maxConnections: tcp.maxConnections }),
    ...(http?.maxPendingRequests !== undefined && { maxPendingRequests: http.maxPendingRequests }),
    ...(http?.maxRequests !== undefined && { maxRequests: http.maxRequests }),
    ...(timeout !== undefined && { connectTimeout: protobufDuration(timeout) }),
    source: fieldRef(setting, 'spec', 'connectionSettings'),
  };
  return Object.keys(limits).length === 1 ? null : limits;
}
