import type { Palette } from '../../cli/color.js';
import type { FoundPolicy } from '../../egress/get.js';
import type { AnyFinding } from '../../analysis/lint/rules/index.js';
import type { PolicyReport, PortReport } from '../../analysis/inspect/report.js';
import type { HTTPMatch, HTTPRouteGroup } from '../../resources/types.js';
import { namespacedName, type World } from '../../simulator/world.js';
import { ageText } from './age.js';
import { objectName } from '../../wording/verdict.js';
import { visible } from '../../text/visible.js';
import { shortened } from '../../text/shorten.js';
import { concernedText } from '../../wording/findings.js';
import { distinct, placeText, portText, referenceText, sourceText } from '../../wording/policy.js';
import { paintState } from './table.js';

export interface DescriptionOptions {
  readonly palette: Palette;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A policy for a person: who, where to, what each port does, what becomes of it, what is wrong. Ends with a line feed. */
export function policyDescription({ report, input }: FoundPolicy, { palette, now }: DescriptionOptions): string {
  const { policy, state, sources, ports, reasons } = report;
  const { spec, metadata } = policy;
  const { locate, world } = input;
  const fields: [label: string, values: readonly string[]][] = [];
  const field = (label: string, values: readonly string[]): void => void fields.push([label, values]);
  const location = locate(policy, []);
  if (location) field('file', [visible(`${location.file}:${location.line}`)]);
  const created = (metadata as { creationTimestamp?: string }).creationTimestamp;
  if (created !== undefined) field('created', [`${created} (${ageText(created, now)} ago)`]);
  field(
    'sources',
    marked(
      sources.map((source) => [visible(sourceText(source)), source.state]),
      report,
      palette,
    ),
  );
  field('hosts', (spec.hosts ?? []).map(visible));
  field('ranges', (spec.ipAddresses ?? []).map(visible));
  for (const reference of spec.matches ?? []) {
    const group =
      reference.kind === 'HTTPRouteGroup'
        ? world.routeGroups.get(namespacedName(metadata.namespace, reference.name))
        : undefined;
    field(visible(referenceText(reference)), routesOf(group, reference.kind).map(visible));
  }
  ports.forEach((port) => {
    const text = portDescription(report, port, world);
    field(
      visible(portText(port)),
      port.state === state ? [text] : [`${text} (${paintState(port.state, port.state, palette)})`],
    );
  });
  const lines = [`${palette.bold(visible(objectName({ object: policy })))}  ${paintState(state, state, palette)}`];
  const width = Math.max(...fields.map(([label]) => label.length)) + 3;
  for (const [label, values] of fields) {
    values.forEach((value, index) => {
      lines.push(`  ${palette.dim((index === 0 ? label : '').padEnd(width))}${value}`);
    });
  }
  if (reasons.length > 0) {
    lines.push('', palette.bold('problems'));
    for (const reason of reasons) lines.push(...reasonLines(reason, input));
  }
  return `${lines.join('\n')}\n`;
}

function marked(
  items: readonly (readonly [text: string, state: PolicyReport['state']])[],
  { state }: PolicyReport,
  palette: Palette,
): string[] {
  return items.map(([text, word]) => (word === state ? text : `${text} (${paintState(word, word, palette)})`));
}

function reasonLines(reason: AnyFinding, { locate }: FoundPolicy['input']): string[] {
  const places = distinct(reason.at.map((ref) => placeText(ref, locate)));
  return [`  ${visible(concernedText(reason))}`, ...places.map((place) => `    ${visible(place)}`)];
}

function routesOf(group: HTTPRouteGroup | undefined, kind: string): string[] {
  if (kind !== 'HTTPRouteGroup') return ['settings of the connections to the hosts'];
  if (!group) return ['not known'];
  if (group.spec.matches.length === 0) return ['no route'];
  return group.spec.matches.map(routeText);
}

function routeText({ methods = [], pathRegex, headers = [] }: HTTPMatch): string {
  const verbs = methods.length === 0 || methods.includes('*') ? 'any method' : methods.join('|');
  const conditions = headers.flatMap((single) =>
    Object.entries(single).map(([name, value]) => `${name}: ${shortened(value, 60)}`),
  );
  return [verbs, shortened(pathRegex || '.*', 60), ...conditions.map((condition) => `with ${condition}`)].join(' ');
}

/** What a port programs, in words. Egress semantics §3.2. */
function portDescription({ policy }: PolicyReport, { number, protocol }: PortReport, world: World): string {
  const { hosts = [], ipAddresses = [], matches = [] } = policy.spec;
  const addresses = ipAddresses.length > 0 ? 'at the ranges' : 'at any address';
  switch (protocol) {
    case 'http': {
      const routed = matches.some(({ kind }) => kind === 'HTTPRouteGroup') ? ', for the routes' : '';
      const others = `plain HTTP to any other host on port ${number} gets 404${world.meshWideEgress ? ', mesh-wide egress or not' : ''}`;
      return hosts.length > 0
        ? `HTTP to the hosts${routed}, where Envoy resolves them; ${others}`
        : `nothing: ${others}`;
    }
    case 'https':
      return hosts.length > 0
        ? `TLS with the hosts as server name, ${addresses}`
        : `TLS with any server name, ${addresses}`;
    case 'tcp':
      return `TCP ${addresses}; a server that speaks first is heard after 15 seconds`;
    case 'tcp-server-first':
      return `TCP ${addresses}, without a look at what is sent`;
    default:
      return 'nothing';
  }
}
