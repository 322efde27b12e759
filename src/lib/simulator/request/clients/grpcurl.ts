import { urlOf } from '../endpoint.js';
import { TargetError } from '../error.js';
import { grpcTarget } from '../scheme-url.js';
import type { Target } from '../types.js';
import { missing } from './faults.js';
import { headerOf, readOptions, type OptionSyntax } from './options.js';

const syntax: OptionSyntax = {
  style: 'dash',
  operands: 1,
  values: `d H rpc-header reflect-header authority servername proto import-path protoset protoset-out proto-out-dir cacert
    cert key connect-timeout keepalive-time max-time max-msg-sz format user-agent alts-handshaker-service
    alts-target-service-account`,
};

const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

/** What grpcurl sends: TLS with ALPN h2 unless it is told to speak plaintext. */
export function readGrpcurl(args: readonly string[], command: string): Target {
  const options = readOptions(args, syntax);
  const [address, verb] = options.operands;
  if (options.has('unix')) throw new TargetError('-unix never reaches the network', 'leave out -unix');
  if (options.has('alts')) throw new TargetError('-alts is not TLS', 'leave out -alts');
  if (address === undefined) throw missing('the address', 'grpcurl HOST:PORT package.Service/Method');
  const url = urlOf(address);
  if (url.port === null) {
    throw new TargetError(`${address} has no port`, 'write HOST:PORT', options.positions[0]);
  }
  const tls = !options.has('plaintext');
  const names = [options.get('authority'), tls ? options.get('servername') : undefined].filter((name) => name);
  if (new Set(names).size > 1)
    throw new TargetError('-authority and -servername are two names for one server', 'leave out -servername');
  const described = options.has('proto') || options.has('protoset');
  const method = verb !== 'list' && verb !== 'describe' ? verb : undefined;
  if (options.operands.length > (method === undefined ? 3 : 2))
    throw new TargetError('its options stand in front of the address', 'write grpcurl OPTIONS HOST:PORT METHOD');
  const own = method === undefined ? 'reflect-header' : 'rpc-header';
  const path = method === undefined ? REFLECTION : `/${method.replace(/\.([^./]+)$/, '/$1')}`;
  const asksFirst = method !== undefined && !described;
  return grpcTarget(
    {
      url,
      tls,
      path,
      authority: names[0],
      headers: options.given.flatMap(([key, line]): [string, string][] => {
        const [name, value] = headerOf(line);
        return key === 'H' || key === own ? [[name.toLowerCase(), value]] : [];
      }),
      remarks: asksFirst
        ? [
            `before it calls the method, grpcurl asks the server what there is, on the same connection: POST ${REFLECTION}`,
          ]
        : [],
    },
    command,
  );
}
