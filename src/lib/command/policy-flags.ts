import { Flags } from '@oclif/core';

function list(helpValue: string, description: string) {
  const more = 'repeatable, or separated by commas';
  return Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue,
    description: `${description}; ${more}`,
    helpGroup: 'policy',
  });
}

/** What the policy says. */
export const policyFlags = {
  from: list('[NAMESPACE/]SERVICEACCOUNT', 'Who may send the requests'),
  host: list('HOST', 'Host to allow for http and https'),
  port: list('NUMBER/PROTOCOL', 'Port with its protocol: http, https, tcp or tcp-server-first'),
  'ip-range': list('CIDR', 'Addresses to allow for https and tcp'),
  route: list('NAME', 'HTTPRouteGroup that says which requests http allows'),
  'upstream-traffic-setting': Flags.string({
    helpValue: 'NAME',
    description: 'UpstreamTrafficSetting for the hosts',
    helpGroup: 'policy',
  }),
};
