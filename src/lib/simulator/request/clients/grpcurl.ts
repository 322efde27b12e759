import { urlOf } from '../endpoint.js';
import { TargetError } from '../error.js';
import { grpcTarget } from '../scheme-url.js';
import type { Target } from '../types.js';
import { missing } from './faults.js';
import { headerOf, readOptions, type OptionSyntax } from './options.js';

const syntax: OptionSyntax = {
  style: 'dash',
  values: `d H rpc-header=H reflect-header authority servername proto import-path protoset protoset-out proto-out-dir cacert
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
  const described = options.has('proto') || options.has('protoset');
  const method = verb !== 'list' && verb !== 'describe' ? verb : undefined;
  const path = method === undefined ? REFLECTION : `/${method.replace(/\.([^./]+)$/, '/$1')}`;
  const asksFirst = method !== undefined && !described;
  return grpcTarget(
    {
      url,
      tls: !options.has('plaintext'),
      path,
      authority: options.get('authority'),
      sni: options.get('servername'),
      headers: options.all('H').map((line): [string, string] => {
        const [name, value] = headerOf(line);
        return [name.toLowerCase(), value];
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
