import type { PolicyListing } from '../../egress/list.js';
import type { AnyFinding } from '../../analysis/lint/rules/index.js';
import type { PolicyReport } from '../../analysis/inspect/report.js';
import type { Input } from '../../input/load.js';
import { objectDocument } from '../explain/document.js';
import { findingText } from '../../wording/findings.js';
import { withoutHistory } from '../../resources/server-fields.js';

/** `kind: EgressPolicyList`, described by schemas/egress-policy-list.json. */
export function listDocument({ input, namespace, reports }: PolicyListing) {
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressPolicyList',
    namespace,
    items: [...reports].map((report) => itemDocument(report, input)),
  };
}

function itemDocument({ policy, state, sources, ports, reasons }: PolicyReport, input: Input) {
  const location = input.locate(policy, []);
  return {
    policy: withoutHistory(input.raw(policy)),
    file: location?.file ?? null,
    line: location?.line ?? null,
    state,
    sources: sources.map(({ namespace, serviceAccount, state: word, updates }) => ({
      namespace,
      serviceAccount,
      state: word,
      ...updates,
    })),
    ports: ports.map(({ number, protocol, state: word }) => ({ number, protocol, state: word })),
    reasons: reasons.map((reason) => reasonDocument(reason, input)),
  };
}

function reasonDocument(reason: AnyFinding, input: Input) {
  return {
    code: reason.rule,
    makes: reason.makes,
    message: findingText(reason),
    port: reason.port,
    sources: reason.sources.map(({ namespace, serviceAccount }) => ({ namespace, serviceAccount })),
    objects: reason.at.map((ref) => objectDocument(ref, input.locate)),
  };
}
