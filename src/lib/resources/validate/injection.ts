import {
  INBOUND_PORT_EXCLUSION,
  OUTBOUND_PORT_EXCLUSION,
  OUTBOUND_RANGE_EXCLUSION,
  OUTBOUND_RANGE_INCLUSION,
  SIDECAR_INJECTION,
  injectionEffect,
  isIgnored,
  isMonitored,
} from '../labels.js';
import type { Namespace, Pod } from '../types.js';
import { isCidr } from '../../text/ip.js';
import { describeValue, type Report } from './schema.js';

/**
 * Annotations that make OSM's sidecar injector refuse a pod (egress-semantics §1, §2).
 */

const portLists = [OUTBOUND_PORT_EXCLUSION, INBOUND_PORT_EXCLUSION];
const rangeLists = [OUTBOUND_RANGE_EXCLUSION, OUTBOUND_RANGE_INCLUSION];

function readInjection(annotations: Record<string, string> | undefined): ReturnType<typeof injectionEffect> {
  return injectionEffect(
    annotations && Object.hasOwn(annotations, SIDECAR_INJECTION) ? annotations[SIDECAR_INJECTION] : undefined,
  );
}

const injectionHint = 'write enabled or disabled';

function injectionFault(annotations: Record<string, string> | undefined): string {
  return `must be enabled or disabled, not ${describeValue(annotations?.[SIDECAR_INJECTION])}`;
}

/** A namespace whose injection annotation means nothing lets no new pod in. */
export function checkNamespace(namespace: Namespace, report: Report): void {
  const { annotations } = namespace.metadata;
  if (readInjection(annotations) !== 'invalid') return;
  report({
    severity: 'warning',
    path: ['metadata', 'annotations', SIDECAR_INJECTION],
    message: `${injectionFault(annotations)}: the sidecar injector refuses every pod of this namespace`,
    hint: injectionHint,
  });
}

/** Do OSM's webhooks look at the objects of this namespace? */
export function meetsWebhooks(namespace: Namespace | undefined): boolean {
  return isMonitored(namespace) && !isIgnored(namespace);
}

/** @param namespace - the pod's, where the input has it */
export function checkPod(pod: Pod, namespace: Namespace | undefined, report: Report): void {
  if (pod.spec?.hostNetwork || !meetsWebhooks(namespace)) return;
  const { annotations } = pod.metadata;
  if (!annotations) return;
  const own = readInjection(annotations);
  const error = (key: string, message: string, hint?: string): void =>
    report({ severity: 'error', path: ['metadata', 'annotations', key], message, hint });
  if (own === 'invalid') {
    error(SIDECAR_INJECTION, `${injectionFault(annotations)}: the sidecar injector refuses the pod`, injectionHint);
  }
  if ((own ?? readInjection(namespace?.metadata.annotations)) === 'disabled') return;
  for (const key of portLists) {
    const bad = firstBad(annotations, key, isPort);
    if (bad !== undefined) {
      error(
        key,
        `lists ${describeValue(bad)}, which is not a port: the sidecar injector refuses the pod`,
        'write numbers separated by commas: "8080, 443"',
      );
    }
  }
  for (const key of rangeLists) {
    const bad = firstBad(annotations, key, isCidr);
    if (bad !== undefined) {
      const hint = 'write ranges separated by commas: "192.0.2.0/24, 198.51.100.7/32"';
      error(key, `lists ${describeValue(bad)}, which is not an IP range: the sidecar injector refuses the pod`, hint);
    }
  }
}

/** The first entry of a comma-separated annotation that is not valid; an empty annotation has one empty entry. */
function firstBad(
  annotations: Record<string, string>,
  key: string,
  valid: (entry: string) => boolean,
): string | undefined {
  if (!Object.hasOwn(annotations, key)) return undefined;
  return annotations[key]
    ?.split(',')
    .map((entry) => entry.trim())
    .find((entry) => !valid(entry));
}

/** As Go's strconv.Atoi: a sign is fine, 0 is not, and there is no upper bound but 64 bits. */
function isPort(entry: string): boolean {
  return /^\+?\d+$/.test(entry) && Number(entry) > 0 && Number(entry) < 2 ** 63;
}
