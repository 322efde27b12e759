import type { DestinationRule } from '../../resources/istio-types.js';
import { homeOf, mostSpecific, qualified, selects } from './hosts.js';
import type { Proxy } from './scope.js';
import type { MeshService } from './services.js';
import { isExported, type IstioWorld } from './world.js';

type Rule = DestinationRule['spec'];

/**
 * What DestinationRules say for a service to a proxy: those of the proxy's namespace, else of the service's, else of the root
 * namespace; of several for one host the one that selects the proxy, else the last that stands for itself after they are merged.
 * Istio egress §5, read in istiod's code.
 */
export function ruleFor(
  world: IstioWorld,
  { namespace, labels }: Pick<Proxy, 'namespace' | 'labels'>,
  service: Pick<MeshService, 'host' | 'namespace'>,
): Rule | undefined {
  const own = mergedRules(ownRules(world, namespace), service.host);
  const selecting = own.find((rule) => rule.workloadSelector && selects(rule.workloadSelector.matchLabels, labels));
  if (own.length > 0) return selecting ?? own.findLast(isForAll);
  for (const home of [service.namespace, world.rootNamespace]) {
    const shown = mergedRules(shownRules(world, home), service.host).filter((rule) =>
      isExported(rule.exportTo, undefined, home, namespace),
    );
    if (shown.length > 0) return shown.at(-1);
  }
  return undefined;
}

function isForAll({ workloadSelector }: Rule): boolean {
  return !workloadSelector;
}

/** What a namespace's proxies look at first; those of the root namespace look at a service's namespace before what all may see. */
function ownRules(world: IstioWorld, home: string): DestinationRule[] {
  return world.destinationRules.filter((rule) => {
    if (homeOf(rule) !== home) return false;
    return home === world.rootNamespace ? isPrivate(world, rule) : isExported(exportOf(rule), undefined, home, home);
  });
}

function shownRules(world: IstioWorld, home: string): DestinationRule[] {
  return world.destinationRules.filter((rule) => homeOf(rule) === home && !isPrivate(world, rule));
}

function isPrivate({ meshConfig }: IstioWorld, rule: DestinationRule): boolean {
  const list = [exportOf(rule), meshConfig.defaultDestinationRuleExportTo ?? []].find((one) => one.length > 0) ?? ['*'];
  return list.every((one) => one === '.' || one === homeOf(rule));
}

/** As it says itself; a rule for some workloads alone is its namespace's own. */
function exportOf({ spec }: Pick<DestinationRule, 'spec'>): readonly string[] {
  return spec.workloadSelector ? ['.'] : (spec.exportTo ?? []);
}

/** Of one namespace's rules those whose host is the most specific one for a service's, merged as far as they are. */
function mergedRules(rules: readonly DestinationRule[], host: string): Rule[] {
  const hostOf = (rule: DestinationRule) => qualified(rule.spec.host, homeOf(rule));
  const best = mostSpecific(host, rules, hostOf);
  const same = best ? rules.filter((rule) => hostOf(rule) === hostOf(best)).map(({ spec }) => spec) : [];
  const merged: Rule[] = [];
  // those for some workloads are first, then the oldest
  for (const rule of [...same.filter((one) => !isForAll(one)), ...same.filter(isForAll)]) mergeInto(merged, rule);
  return merged;
}

/** A younger rule adds subsets with new names to those before it, and settings where there are none; or stands for itself. */
function mergeInto(rules: Rule[], younger: Rule): void {
  const shown = new Set(exportOf({ spec: younger }));
  let standsAlone = true;
  for (const [index, older] of rules.entries()) {
    const before = new Set(exportOf({ spec: older }));
    const isWider = before.size > 0 && [...before].every((one) => shown.has(one));
    const isSame = before.size === shown.size && (isWider || shown.size === 0);
    const [own = {}, other = {}] = [older, younger].map(({ workloadSelector }) => workloadSelector?.matchLabels);
    const areBothFor = isForAll(older) === isForAll(younger);
    const differ = areBothFor && !(selects(own, other) && selects(other, own));
    standsAlone = differ || !(isSame || (isWider && areBothFor));
    if (differ || !(isSame || isWider)) continue;
    const names = new Set(older.subsets?.map(({ name }) => name));
    const added = younger.subsets?.filter(({ name }) => !names.has(name)) ?? [];
    const trafficPolicy = older.trafficPolicy ?? younger.trafficPolicy;
    rules[index] = {
      ...older,
      subsets: [...(older.subsets ?? []), ...added],
      ...(trafficPolicy && { trafficPolicy }),
    };
  }
  if (standsAlone) rules.push(younger);
}
