/** `egress matrix` of Istio's resources; loaded when Istio is asked about. */
import { ANY_OTHER } from '../analysis/compare/index.js';
import type { Destination } from '../analysis/reach/destinations.js';
import {
  alikeIstioSenders,
  istioDestinationsOf,
  namespacesWithEgress,
  principalsIn,
} from '../analysis/reach/istio-destinations.js';
import { knownClients, type Client } from '../input/client.js';
import { istioAmid } from '../input/istio/amid.js';
import type { RequestInput } from '../input/request.js';
import { explain } from '../simulator/explain.js';
import { namespacedName } from '../simulator/world.js';
import { questionOf, questionsOf, type Asker } from './explain.js';
import { isSame, type Cell, type MatrixRow, type Questions } from './matrix-cells.js';
import { hostsOf } from './reach.js';

/** A set of resources amid what is around the other one, where it does not have it. */
export function amid(input: RequestInput, other: RequestInput): RequestInput {
  const istio = istioAmid(input, other);
  return { ...input, istio, world: istio.base };
}

export function destinationsOf({ istio }: RequestInput): Destination[] {
  return istioDestinationsOf(istio!);
}

/**
 * Everybody whom the input shows, or AuthorizationPolicies name; and for a namespace that has something for sidecars, and of
 * which nobody is known, whoever may be there.
 */
export function everybodyIn(input: RequestInput): Client[] {
  const clients = knownClients(input);
  const names = new Set(clients.map(({ source }) => namespacedName(source.namespace, source.serviceAccount)));
  const add = (namespace: string, serviceAccount: string): void => {
    const name = namespacedName(namespace, serviceAccount);
    if (names.has(name)) return;
    names.add(name);
    clients.push({ source: { namespace, serviceAccount }, known: 'assumed', namespaceFrom: 'name' });
  };
  for (const { namespace, serviceAccount } of principalsIn(input.istio!)) add(namespace, serviceAccount);
  const inhabited = new Set(clients.map(({ source }) => source.namespace));
  for (const namespace of namespacesWithEgress(input.istio!)) if (!inhabited.has(namespace)) add(namespace, ANY_OTHER);
  return clients;
}

/** @param everybody of a cluster those are left out that have no sidecar: they are not of the mesh */
export async function rowsFor(
  input: RequestInput,
  clients: readonly Client[],
  { hosts, ask }: Questions,
  everybody: boolean,
): Promise<MatrixRow[]> {
  const rows: MatrixRow[] = [];
  await input.names.learn(hosts);
  for (const alike of alikeIstioSenders(clients, input.istio!)) {
    const whole = questionOf(alike[0]!, input);
    const each = questionsOf(alike[0]!, input);
    if (everybody && input.cluster && whole.simulation.sidecars.every(({ injected }) => !injected)) continue;
    await input.names.learn(each.flatMap(({ simulation }) => hostsOf(simulation)));
    const told = each.map(({ simulation }) => ask(simulation));
    const cells = told[0]!.map((cell, column): Cell => {
      if (told.every((own) => isSame(own[column]!, cell))) return cell;
      // its pods differ: none of them speaks for the others
      const example = cell.explain().target;
      return { verdict: 'unknown', classes: [], explain: () => explain(whole.simulation, example) };
    });
    rows.push({ askers: alike.map((client): Asker => ({ ...whole.asker, ...client })), cells });
  }
  return rows;
}
