import { UsageError } from '../../errors.js';
import { egressProtocols, type EgressProtocol } from '../../resources/protocols.js';
import type { EgressPort } from '../../resources/types.js';
import { closest } from '../../text/closest.js';
import { quoted } from '../../text/shorten.js';

/**
 * Reads `NUMBER/PROTOCOL`.
 * @throws UsageError naming what to write instead
 */
export function parsePort(written: string): EgressPort & { protocol: EgressProtocol } {
  const fail = (why: string, hint: string): UsageError => new UsageError(`${quoted(written)} ${why}`, hint);
  const parts = /^([^/:]+)(?:([/:])(.*))?$/.exec(written);
  if (!parts) throw fail('is not NUMBER/PROTOCOL', example);
  const [, first = '', separator, second = ''] = parts;
  const swapped = !/^\d+$/.test(first) && /^\d+$/.test(second);
  const [number, protocol] = swapped ? [second, first] : [first, second];
  if (!/^\d+$/.test(number)) throw fail('has no number', example);
  if (number.startsWith('0') && Number(number) > 0) {
    throw fail('begins with a zero', `write ${number.replace(/^0+/, '')}/${protocol || guessProtocol(Number(number))}`);
  }
  const value = Number(number);
  if (value < 1 || value > 65535) throw fail('is out of range', 'ports go from 1 to 65535');
  if (protocol === '') throw fail('lacks the protocol', `write --port ${number}/${guessProtocol(value)}`);
  const known = egressProtocols.find((one) => one === protocol.toLowerCase());
  if (swapped || separator === ':') {
    throw fail('is not NUMBER/PROTOCOL', `write --port ${number}/${known ?? meant(protocol) ?? guessProtocol(value)}`);
  }
  if (known === undefined) {
    const guess = meant(protocol);
    const choice = `the protocols are ${egressProtocols.join(', ')}`;
    throw fail(
      `has the unknown protocol ${quoted(protocol)}`,
      guess ? `did you mean ${number}/${guess}? ${choice}` : choice,
    );
  }
  if (known !== protocol) {
    throw fail('has a protocol in capitals, which OSM does not program', `write --port ${number}/${known}`);
  }
  return { number: value, protocol: known };
}

const example = 'write for example --port 80/http, --port 443/https or --port 3306/tcp-server-first';

const otherNames: Readonly<Record<string, EgressProtocol>> = {
  tls: 'https',
  ssl: 'https',
  'tcp-server': 'tcp-server-first',
  'server-first': 'tcp-server-first',
  mysql: 'tcp-server-first',
  smtp: 'tcp-server-first',
  ftp: 'tcp-server-first',
  ssh: 'tcp-server-first',
  postgres: 'tcp',
  mongo: 'tcp',
  redis: 'tcp',
  h2c: 'http',
  http2: 'http',
  grpc: 'http',
};

function meant(protocol: string): EgressProtocol | undefined {
  const lower = protocol.toLowerCase();
  return otherNames[lower] ?? (closest(lower, egressProtocols) as EgressProtocol | undefined);
}

/** What a port is most likely for. */
export function guessProtocol(port: number): EgressProtocol {
  if (port === 80) return 'http';
  return port === 443 ? 'https' : 'tcp';
}

/** Adds the likely protocol to ports that are a number only. */
export function withProtocol(written: string): string {
  return /^\d+$/.test(written) && Number(written) <= 65535 ? `${written}/${guessProtocol(Number(written))}` : written;
}
