import type { Palette } from '../../cli/color.js';
import { writeOut } from '../../cli/streams.js';
import type { ProxyComparison } from '../../egress/envoy.js';
import type { FieldRef } from '../../resources/types.js';
import { pathText } from '../../text/field-path.js';
import type { ToldDifference } from '../../wording/proxy-difference.js';
import { objectName } from '../../wording/verdict.js';
import { printDocument } from '../document.js';
import { objectDocument } from '../explain/document.js';
import { LabelledLines } from '../labelled-lines.js';

export interface ComparisonOptions {
  readonly format: 'text' | 'json' | 'yaml';
  readonly width: number;
  readonly palette: Palette;
}

export async function printComparison(comparison: ProxyComparison, options: ComparisonOptions): Promise<void> {
  const { format } = options;
  if (format === 'text') return writeOut(`${comparisonText(comparison, options)}\n`);
  return printDocument(comparisonDocument(comparison), format);
}

/** What was updated last of what the listener is made of. */
function lastUpdate({ dump: { program, updates } }: ProxyComparison) {
  const chain = program.listener?.filterChains[0] ?? program.listener?.defaultFilterChain;
  const update = chain && updates.get(chain.sources[0]!.object);
  return { version: update?.version ?? null, updated: update?.at ?? null };
}

/** `kind: EgressProxyComparison`, described by schemas/egress-proxy-comparison.json. */
function comparisonDocument(comparison: ProxyComparison) {
  const { source, dump, differences, locate } = comparison;
  const refer = (refs: readonly FieldRef[]) => refs.map((ref) => objectDocument(ref, locate));
  return {
    apiVersion: 'osm-ts/v1',
    kind: 'EgressProxyComparison',
    source: { namespace: source.namespace, serviceAccount: source.serviceAccount },
    configDump: dump.file,
    proxy: { envoyVersion: dump.envoyVersion ?? null, listener: lastUpdate(comparison) },
    same: differences.length === 0,
    differences: differences.map(({ part, sort, text, expected, held }) => ({
      part,
      sort,
      message: text,
      policies: refer(expected),
      proxy: refer(held),
    })),
  };
}

function comparisonText(comparison: ProxyComparison, { palette, width }: ComparisonOptions): string {
  const { source, dump, differences, locate } = comparison;
  const lines = new LabelledLines({ palette, width });
  const { version, updated } = lastUpdate(comparison);
  const facts = [
    `${source.namespace}/${source.serviceAccount}`,
    ...(dump.envoyVersion === undefined ? [] : [`Envoy ${dump.envoyVersion}`]),
    ...(version === null ? [] : [`listener version ${version}${updated === null ? '' : ` of ${updated}`}`]),
  ];
  lines.preface('proxy', facts.join(', '));
  const count = differences.length;
  if (count === 0) {
    lines.task('SAME', 'the proxy holds what the policies say');
    return lines.toString();
  }
  lines.task('DIFFERENT', `${count === 1 ? '1 difference' : `${count} differences`} from what the policies say`);
  const place = (ref: FieldRef): string => {
    const at = locate(ref.object, ref.path);
    return `${objectName(ref)} (${at ? `${at.file}:${at.line}` : pathText(ref.path)})`;
  };
  let last = '';
  for (const told of differences) {
    lines.field(told.part === last ? '' : told.part, sentence(told), [...told.expected, ...told.held].map(place));
    last = told.part;
  }
  return lines.toString();
}

const sentence = ({ sort, text }: ToldDifference): string => `${sort}: ${text}`;
