/** What a person has to know about a migration, besides the resources: what is left to do, what is left out, what is lost. */
import { workloadOf } from '../../resources/workloads.js';
import type { FieldRef, KubernetesObject } from '../../resources/types.js';
import { createInterceptor } from '../../simulator/interception.js';
import { fieldRef, namespacedName, nameOf, type Source, type World } from '../../simulator/world.js';
import { podsOfSource } from '../../simulator/control-plane/inbound.js';
import type { Notice } from '../../simulator/control-plane/notices.js';
import { annotationsFor } from './after.js';
import { fieldKey, type Inexpressible } from './emit-parts.js';
import type { LeftOut } from './grants.js';
import type { GatewayPlan, MigrationPlan, NamespaceIdentity } from './plan.js';

export type Level = 'INFO' | 'WARNING' | 'ERROR';

export type MigrationMessage = { readonly level: Level; readonly at: readonly FieldRef[] } & (
  | { readonly code: 'mesh-config'; readonly mode: string }
  | { readonly code: 'namespace-label'; readonly namespace: string }
  | {
      readonly code: 'annotations';
      readonly object: KubernetesObject | undefined;
      readonly source: Source;
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly code: 'left-out'; readonly leftOut: LeftOut; readonly sources: readonly Source[] }
  | { readonly code: 'inexpressible'; readonly inexpressible: Inexpressible }
  | { readonly code: 'identity'; readonly identity: NamespaceIdentity }
  | { readonly code: 'notice'; readonly notice: Notice }
  | { readonly code: 'limits'; readonly carried: boolean }
  | { readonly code: 'gateway'; readonly gateway: GatewayPlan }
  | { readonly code: 'policies-off' }
);

/** The messages, the gravest first. */
export function messagesOf(world: World, plan: MigrationPlan, sources: readonly Source[]): MigrationMessage[] {
  const { meshConfig, egresses } = world;
  const messages: MigrationMessage[] = [];
  const setting = (...path: string[]) => (meshConfig ? [fieldRef(meshConfig, 'spec', ...path)] : []);
  const flag = setting('featureFlags', 'enableEgressPolicy');
  if (!world.egressPolicyEnabled) messages.push({ level: 'WARNING', code: 'policies-off', at: flag });
  const mode = plan.meshConfig.outboundTrafficPolicy!.mode!;
  messages.push({ level: 'INFO', code: 'mesh-config', mode, at: setting('traffic', 'enableEgress') });
  for (const identity of plan.identities) {
    const byLabels = identity.identity === 'workload' || identity.isPartly;
    const level = identity.isShared ? 'ERROR' : byLabels ? 'WARNING' : 'INFO';
    messages.push({ level, code: 'identity', identity, at: [] });
    const namespace = world.namespaces.get(identity.namespace);
    const at = namespace ? [fieldRef(namespace, 'metadata', 'labels')] : [];
    messages.push({ level: 'INFO', code: 'namespace-label', namespace: identity.namespace, at });
  }
  if (plan.gateway) {
    const service = world.services.get(namespacedName(plan.gateway.place.namespace, plan.gateway.place.name));
    const at = service ? [fieldRef(service, 'spec', 'ports')] : [];
    messages.push({ level: 'WARNING', code: 'gateway', gateway: plan.gateway, at });
  }
  messages.push(...annotationMessages(world, sources));
  messages.push(...leftOutMessages(plan));
  for (const inexpressible of plan.inexpressible) {
    messages.push({ level: 'ERROR', code: 'inexpressible', inexpressible, at: [inexpressible.at] });
  }
  const notices = new Map<string, Notice>();
  for (const { program } of plan.before.values()) {
    for (const notice of program.notices)
      notices.set(`${notice.code} ${nameOf(notice.policy)} ${fieldKey(notice.at)}`, notice);
  }
  for (const notice of notices.values()) messages.push({ level: 'WARNING', code: 'notice', notice, at: [notice.at] });
  messages.push(...limitMessages(egresses, plan));
  return messages.toSorted((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
}

/** Which policies' limits are carried over, and which are not. */
function limitMessages(egresses: World['egresses'], { limited }: MigrationPlan): MigrationMessage[] {
  const settings = new Set([...limited].map(nameOf));
  const named = egresses.flatMap((policy) =>
    (policy.spec.matches ?? []).flatMap(({ kind, name }, index) => {
      if (kind !== 'UpstreamTrafficSetting') return [];
      const carried = settings.has(namespacedName(policy.metadata.namespace, name));
      return [{ carried, at: fieldRef(policy, 'spec', 'matches', index) }];
    }),
  );
  return [true, false].flatMap((carried): MigrationMessage[] => {
    const at = named.filter((one) => one.carried === carried).map((one) => one.at);
    return at.length > 0 ? [{ level: carried ? 'INFO' : 'WARNING', code: 'limits', carried, at }] : [];
  });
}

const LEVELS: readonly Level[] = ['ERROR', 'WARNING', 'INFO'];

/** The same list on every pod of a source is told once, for what makes the pods. */
function annotationMessages(world: World, sources: readonly Source[]): MigrationMessage[] {
  const told = new Map<string, MigrationMessage>();
  for (const source of sources) {
    const own = podsOfSource(world, source);
    for (const pod of own.length > 0 ? own : [undefined]) {
      const { rules, sidecar } = createInterceptor(world, source, pod);
      const annotations = annotationsFor(rules);
      if (!sidecar.injected || Object.keys(annotations).length === 0) continue;
      const object = workloadOf(pod) ?? pod;
      const key = object ? `${object.kind} ${nameOf(object)}` : `${source.namespace}/${source.serviceAccount}`;
      const at = [...rules.excludedRanges, ...rules.includedRanges].map((rule) => rule.at);
      told.set(key, {
        level: 'WARNING',
        code: 'annotations',
        object,
        source,
        annotations,
        at: [...new Set([...rules.excludedPorts.values(), ...at])].slice(0, 3),
      });
    }
  }
  return [...told.values()];
}

/** The same field of a policy is told once, for all sources. */
function leftOutMessages({ leftOut }: MigrationPlan): MigrationMessage[] {
  const told = new Map<string, { leftOut: LeftOut; sources: Source[] }>();
  for (const { source, ...one } of leftOut) {
    const key = `${one.code} ${one.what} ${fieldKey(one.at)}`;
    const known = told.get(key);
    if (known) known.sources.push(source);
    else told.set(key, { leftOut: one, sources: [source] });
  }
  return [...told.values()].map((one) => ({ ...one, level: 'WARNING', code: 'left-out', at: [one.leftOut.at] }));
}
