import type { Explanation } from '../../simulator/explain.js';
import { type Target } from '../../simulator/request/index.js';
import { quoteShellWord } from '../../text/shell.js';
import { homeOfPolicies } from './plan-allow.js';
import { reasonAgainst } from './reasons.js';

/**
 * The command line that looks for a change after which a request is allowed. It costs a look at the explanation: no change is
 * looked for.
 * @param explanation of the request
 * @param inputFlags the flags that say where the policies are and what names mean, quoted for a shell: `-f policies/`
 * @param client the flag that names who sends it, where that is not any pod of its ServiceAccount: `--pod shop/api-1`
 * @returns undefined when the request is let through, or when `planAllow` would say that no change of the policies can help
 */
export function fixCommand(explanation: Explanation, inputFlags: string, client?: string): string | undefined {
  const { simulation, verdict, events } = explanation;
  const target = wayToProxy(explanation) ?? explanation.target;
  const { world, source } = simulation;
  if (reasonAgainst({ world, target, verdict, events })) return undefined;
  if (!world.isMonitored(homeOfPolicies(world, source))) return undefined;
  const from = `--from ${quoteShellWord(`${source.namespace}/${source.serviceAccount}`)}`;
  const flags = [client ?? from, inputFlags.trim()].filter((part) => part !== '').join(' ');
  const url = plainUrl(target);
  return url === undefined
    ? `osm-ts egress allow ${flags} -- ${target.command}`
    : `osm-ts egress allow ${quoteShellWord(url)} ${flags}`;
}

/** Of a request for a proxy, whose answer no policy decides, the connection; undefined: there is no proxy, or Envoy speaks in its place. */
function wayToProxy({ target, verdict }: Explanation): Target | undefined {
  const { throughProxy, ...bare } = target;
  if (!throughProxy || verdict.ending?.outcome.class === 'http') return undefined;
  return { ...bare, command: `${target.tls ? 'tls' : 'tcp'}://${throughProxy.name}` };
}

/** The target as one word, when nothing else belongs to it. */
function plainUrl({ command }: Target): string | undefined {
  const words = command.replace(/^curl (?=[^-\s'"]+$)/, '');
  return /^[^\s'"\\]+$/.test(words) ? words : undefined;
}
