import type { Trap } from '../analysis/inspect/traps.js';
import { objectName } from './verdict.js';

/** A trap of a new policy: what it is, and what to do about it. */
export function trapText(trap: Trap): string {
  switch (trap.code) {
    case 'ranges-on-http':
      return `--ip-range has no effect on ${trap.port}/http, which goes by the Host header alone`;
    case 'hosts-on-tcp':
      return `--host has no effect on port ${trap.port}: raw TCP carries no name${trap.open ? ', and so it is open to every address; restrict it with --ip-range' : ''}`;
    case 'https-without-hosts':
      return `${trap.port}/https without --host takes any server name${trap.open ? ', at every address' : ''}`;
    case 'tcp-to-anywhere':
      return `port ${trap.port} is open to every address; restrict it with --ip-range`;
    case 'range-zero':
      return 'the range 0.0.0.0/0 is every address; leave it out, because beside policies without ranges Envoy chooses by chance';
    case 'likely-server-first':
      return `port ${trap.port} is usual for ${trap.service}; if its server speaks first, clients wait 15 seconds for protocol detection: write ${trap.port}/tcp-server-first then`;
    case 'detection-off':
      return `server names and HTTP are not recognised on port ${trap.port}, because ${objectName({ object: trap.by })} calls it tcp-server-first`;
    case 'address-as-tls-host':
      return `--host ${trap.host} never matches https: clients send no server name for an address; use --ip-range ${trap.host}/32`;
    case 'unlikely-protocol':
      return `port ${trap.port} usually carries ${trap.likely}; clients that speak it are denied: write ${trap.port}/${trap.likely}`;
    case 'routes-without-http':
      return '--route has no effect without an http port: other protocols have no routes';
    case 'mesh-wide-egress':
      return trap.httpPorts.length > 0
        ? `mesh-wide egress is on: everything else leaves anyway, while plain HTTP to other hosts on port ${trap.httpPorts.join(', ')} will get 404`
        : 'mesh-wide egress is on: this leaves anyway, policy or not';
    case 'port-excluded':
      return `the MeshConfig excludes port ${trap.port} from the mesh: no policy applies to it`;
    case 'unknown-source':
      return `there is no ServiceAccount ${trap.namespace}/${trap.serviceAccount}; check --from`;
  }
}
