import { OUTBOUND_PORT, type PodPort } from './pod-ports.js';
import type { Run } from './run.js';

/** What of the sidecar decides at its own ports. */
export interface PodView {
  readonly onlyDeclaredPorts: boolean;
  /** Is there a chain that may take a connection to the port? */
  takesPort(port: number): boolean;
}

/** How a connection to the pod itself ends, whoever makes it. */
export interface PodEndings {
  reached(): void;
  refused(): void;
  /** Accepted, then closed. */
  closed(): void;
}

/** Follows a connection to a port of the client's own pod. Egress semantics §2. */
export function meetPod(run: Run, podPort: PodPort, port: number, dataPlane: PodView, endings: PodEndings): void {
  switch (podPort) {
    case 'probe':
      run.assumptions.push({ code: 'probe-port', port });
      return endings.reached();
    case 'declared':
    case 'sidecar':
      return endings.reached();
    case 'nothing':
      return endings.refused();
    case 'inbound':
      run.assumptions.push({ code: 'inbound-listener', port });
      return endings.closed();
    case 'outbound':
      if (!dataPlane.takesPort(OUTBOUND_PORT)) return endings.closed();
      run.obstacles.push({ code: 'connects-to-itself', port });
      return;
    case 'not-known':
      if (dataPlane.onlyDeclaredPorts) {
        run.assumptions.push({ code: 'nothing-listens-on-loopback', port });
        return endings.refused();
      }
      run.supposing({ kind: 'pod-listens', port, listens: true }, () => endings.reached());
      run.supposing({ kind: 'pod-listens', port, listens: false }, () => endings.refused());
  }
}
