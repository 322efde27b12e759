import { Flags } from '@oclif/core';

import { missingAnswers, type PolicyAnswers, type RequiredAnswer } from '../egress/create/build.js';
import { UsageError } from '../errors.js';
import { flagReader } from './reading.js';
import { parseHost } from './words/hosts.js';
import { items, parseAccount, parseObjectName } from './words/names.js';
import { parsePort } from './words/ports.js';
import { parseRange } from './words/ranges.js';

/** A repeatable flag whose words are lists too. */
function list<T>(read: (item: string) => T, helpValue: string, description: string) {
  return Flags.custom<T[]>({
    parse: flagReader(items(read)),
    helpValue,
    description: `${description}; repeatable, or separated by commas`,
    helpGroup: 'policy',
  })({ multiple: true, multipleNonGreedy: true });
}

/** What the policy says. */
export const policyFlags = {
  from: list(parseAccount, '[NAMESPACE/]SERVICEACCOUNT', 'Who may send the requests'),
  host: list(parseHost, 'HOST', 'Host to allow for http and https'),
  port: list(parsePort, 'NUMBER/PROTOCOL', 'Port with its protocol: http, https, tcp or tcp-server-first'),
  'ip-range': list(parseRange, 'CIDR', 'Addresses to allow for https and tcp'),
  route: list(parseObjectName, 'NAME', 'HTTPRouteGroup that says which requests http allows'),
  'upstream-traffic-setting': Flags.string({
    parse: flagReader(parseObjectName),
    helpValue: 'NAME',
    description: 'UpstreamTrafficSetting for the hosts',
    helpGroup: 'policy',
  }),
};

type Item<Name extends keyof PolicyAnswers> = NonNullable<PolicyAnswers[Name]> extends readonly (infer T)[] ? T : never;

/** Each word of a list flag is a list; oclif's types know only one level. */
function joined<T>(words: readonly T[] | undefined): T[] | undefined {
  return words?.flat() as T[] | undefined;
}

/** The answers that `policyFlags` and the name of the policy give. */
export function policyAnswersOf(
  name: string | undefined,
  flags: {
    readonly from?: Item<'sources'>[] | undefined;
    readonly host?: string[] | undefined;
    readonly port?: Item<'ports'>[] | undefined;
    readonly 'ip-range'?: string[] | undefined;
    readonly route?: string[] | undefined;
    readonly 'upstream-traffic-setting'?: string | undefined;
  },
): PolicyAnswers {
  return {
    name,
    sources: joined(flags.from),
    hosts: joined(flags.host),
    ports: joined(flags.port),
    ranges: joined(flags['ip-range']),
    routes: joined(flags.route),
    upstreamTrafficSetting: flags['upstream-traffic-setting'],
  };
}

const labels: Readonly<Record<RequiredAnswer, string>> = {
  name: 'NAME',
  sources: '--from',
  ports: '--port',
  hosts: '--host',
};

/** @throws UsageError naming the answers that are missing */
export function requireAnswers(answers: PolicyAnswers): void {
  const missing = missingAnswers(answers).map((answer) => labels[answer]);
  if (missing.length === 0) return;
  throw new UsageError(
    `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing, and there is no terminal to ask on`,
    'for example: osm-ts egress create httpbin --from curl/curl --host httpbin.org --port 80/http',
  );
}
