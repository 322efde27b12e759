import { appProtocols, type ExternalTraffic } from '../../mesh/verify/external-traffic.js';
import { UsageError } from '../../errors.js';
import { closest } from '../../text/closest.js';
import { isIpAddress } from '../../text/ip.js';
import { parseHost } from './hosts.js';

/**
 * Traffic to the outside.
 * @param word as `--app-protocol` has it, in capitals or not
 * @param named as `--to-ext-host` has it: a host, an address, or one of these with the port
 * @throws UsageError
 */
export function externalTraffic(word: string, named: string | undefined, port: number): ExternalTraffic {
  const lower = word.toLowerCase();
  const protocol = appProtocols.find((known) => known === lower);
  if (protocol === undefined) {
    const meant = closest(lower, appProtocols);
    throw new UsageError(
      `--app-protocol ${word} is no protocol that is known here`,
      meant === undefined ? `it is one of: ${appProtocols.join(', ')}` : `did you mean ${meant}?`,
    );
  }
  return { protocol, host: named === undefined ? undefined : hostIn(named, port), port };
}

function hostIn(named: string, port: number): string {
  if (isIpAddress(named)) return named;
  const groups = /^(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:]*))(?::(?<own>\d+))?$/.exec(named)?.groups;
  const own = groups?.['own'];
  if (own !== undefined && Number(own) !== port) {
    throw new UsageError(`--to-ext-host ${named} has another port than --to-ext-port ${port}`, 'leave one of them out');
  }
  const host = groups?.['ipv6'] ?? groups?.['name'] ?? named;
  if (isIpAddress(host)) return host;
  try {
    return parseHost(host);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const hint = error.hint?.replace('--host', '--to-ext-host');
    throw new UsageError(`--to-ext-host ${error.message}`, hint, { cause: error });
  }
}
