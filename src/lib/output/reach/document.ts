import { isCertain, type ReachAnswer } from '../../egress/reach.js';
import type { Undecided } from '../../analysis/request-space/types.js';
import type { Locate } from '../../resources/types.js';
import { ANY, destinationTexts, doubtText, reachCells, undecidedText } from '../../wording/reach.js';
import { requestClassText } from '../../wording/request-class.js';
import { assumptionText } from '../../wording/verdict.js';
import { objectDocument } from '../explain/document.js';
import { askerDocument } from '../explain/asker.js';

/** `kind: EgressReach`, described by schemas/egress-reach.json. */
export function reachDocument(answer: ReachAnswer, locate: Locate) {
  const { asker, rows, undecided, assumptions } = answer;
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressReach',
    source: askerDocument(asker),
    complete: isCertain(answer),
    rows: rows.map((row) => {
      const { hosts, ports, protocol, methods, paths, addresses, needs } = reachCells(row);
      return {
        verdict: row.verdict,
        why: doubtText(row) ?? null,
        way: row.way ?? null,
        pastEnvoyBy: row.way === 'past-envoy' ? row.rules : [],
        hosts: bound(hosts),
        ports: bound(ports),
        protocol,
        methods: bound(methods),
        paths: bound(paths),
        addresses: bound(addresses),
        needs,
        goesTo: destinationTexts(row),
        decidedBy: row.decidedBy.map((ref) => objectDocument(ref, locate)),
        requests: row.classes.map((one) => ({ text: requestClassText(one), example: one.witness.command })),
      };
    }),
    undecided: undecided.map((region) => undecidedDocument(region, locate)),
    assumptions: assumptions.map((assumption) => ({ code: assumption.code, message: assumptionText(assumption) })),
  };
}

/** null: whatever it is. */
function bound(texts: readonly string[]): readonly string[] | null {
  return texts.length === 1 && texts[0] === ANY ? null : texts;
}

function undecidedDocument(region: Undecided, locate: Locate) {
  const { dimension, bound: what, limit, port, domains, at } = region;
  return {
    message: undecidedText(region),
    dimension,
    bound: what,
    limit,
    port,
    domains,
    objects: at.map((ref) => objectDocument(ref, locate)),
  };
}
