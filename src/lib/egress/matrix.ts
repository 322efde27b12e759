import { destinationsOf, Reachable, type CellFacts, type Destination } from '../analysis/reach/destinations.js';
import { alikeSenders } from '../analysis/reach/senders.js';
import { ExitCode } from '../errors.js';
import { knownClients, type Client, type ClientName } from '../input/client.js';
import { loadRequestInput, type RequestInput, type RequestInputOptions } from '../input/request.js';
import { readAllTargets, type LineFault } from '../input/targets.js';
import type { Reporter } from '../reporter.js';
import { explain } from '../simulator/explain.js';
import { passage } from '../analysis/reach/reach.js';
import { forAsker, questionOf } from './explain.js';
import { isSame, type Cell, type MatrixRow, type Questions } from './matrix-cells.js';
import { hostsOf } from './reach.js';

export { isSame, type Cell, type MatrixRow } from './matrix-cells.js';

export interface MatrixOptions extends Omit<RequestInputOptions, 'clients'> {
  /** Default: every source that is known. */
  readonly clients: readonly ClientName[];
  /** A file with targets, instead of what the policies name. */
  readonly targets: string | undefined;
  /** Policies to compare with: a file or directory, `-`, `git:REV[:PATH]`, or `cluster`. */
  readonly base: string | undefined;
}

export interface Matrix {
  readonly input: RequestInput;
  /** Names of destinations, or command lines of targets. */
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** Lines of the file of targets that are none. */
  readonly faults: readonly LineFault[];
  /** The same questions, asked of the policies to compare with. */
  readonly base: Omit<Matrix, 'base' | 'faults'> | undefined;
}

/**
 * Answers `egress matrix`: what each source can send to each destination.
 * @throws UsageError, InputError, ClusterError, also for a target that cannot be read
 */
export async function matrixOf(options: MatrixOptions, report: Reporter): Promise<Matrix> {
  const everybody = options.clients.length === 0;
  const load = (changed: Partial<MatrixOptions>) => loadRequestInput({ ...options, ...changed }, report, { everybody });
  const input = await load({});
  const alone =
    options.base === undefined
      ? undefined
      : await load({ filenames: options.base === 'cluster' ? [] : [options.base], live: false, commits: true });
  const istio = input.istio && (await import('./matrix-istio.js'));
  const old = alone && istio ? istio.amid(alone, input) : alone;
  const questions =
    options.targets === undefined
      ? destinationQuestions(
          [input, old].flatMap((one) => (one ? (istio?.destinationsOf(one) ?? destinationsOf(one.world)) : [])),
        )
      : await targetQuestions(options.targets);
  const { columns, faults } = questions;
  const rowsOf = async (one: RequestInput) => {
    const known = istio ? istio.everybodyIn : knownClients;
    const clients = everybody ? clientsOf([input, old], one, known) : one.clients;
    return istio ? istio.rowsFor(one, clients, questions, everybody) : rowsFor(one, clients, questions);
  };
  const rows = await rowsOf(input);
  return { input, columns, rows, faults, base: old && { input: old, columns, rows: await rowsOf(old) } };
}

function destinationQuestions(named: readonly Destination[]): Questions {
  const all = new Map(named.map((one) => [one.name, one]));
  const destinations = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    columns: destinations.map(({ name }) => name),
    faults: [],
    hosts: destinations.flatMap(({ host }) => (host === undefined || host.includes('*') ? [] : [host.toLowerCase()])),
    ask: (simulation) => {
      const reachable = new Reachable(simulation);
      const cells = new Map<CellFacts, Cell>();
      return destinations.map((destination) => {
        const facts = reachable.at(destination);
        const known = cells.get(facts);
        if (known) return known;
        const { verdict, example, classes } = facts;
        const cell: Cell = { verdict, classes, explain: () => explain(simulation, example) };
        cells.set(facts, cell);
        return cell;
      });
    },
  };
}

/** So many columns are more than a person looks at. */
const MAX_TARGETS = 2000;

async function targetQuestions(file: string): Promise<Questions> {
  const { targets, faults } = await readAllTargets({ file }, MAX_TARGETS);
  return {
    faults,
    columns: targets.map(({ command }) => command),
    hosts: targets.map(({ dial }) => dial.host.toLowerCase()),
    ask: (simulation) =>
      targets.map((target) => {
        const said = passage(simulation.decide(target));
        const verdict = said === 'unpredictable' ? 'unknown' : said;
        return { verdict, classes: [], explain: () => explain(simulation, target) };
      }),
  };
}

/** Who is known on either side, as one side knows them. */
function clientsOf(
  inputs: readonly (RequestInput | undefined)[],
  one: RequestInput,
  knownIn: (input: RequestInput) => Client[],
): Client[] {
  const own = new Map(knownIn(one).map((client) => [nameOf(client), client]));
  for (const other of inputs) {
    for (const client of other ? knownIn(other) : []) {
      if (!own.has(nameOf(client))) own.set(nameOf(client), { ...client, known: 'assumed' });
    }
  }
  return [...own].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, client]) => client);
}

const nameOf = ({ source: { namespace, serviceAccount } }: Client): string => `${namespace}/${serviceAccount}`;

async function rowsFor(
  input: RequestInput,
  clients: readonly Client[],
  { hosts, ask }: Questions,
): Promise<MatrixRow[]> {
  const addresses = new Set(input.world.pods.flatMap(({ status }) => status?.podIP ?? []));
  const rows: MatrixRow[] = [];
  await input.names.learn(hosts);
  for (const alike of alikeSenders(clients, input.world, addresses)) {
    const { asker, simulation } = questionOf(alike[0]!, input);
    await input.names.learn(hostsOf(simulation));
    const askers = alike.map((client) => ({ ...asker, ...client }));
    // what another control plane programs is not known
    const isElsewhere = asker.mesh === null && asker.otherMesh !== undefined;
    const forThem = (cell: Cell): Cell => {
      const verdict = isElsewhere ? 'unknown' : cell.verdict;
      return { verdict, classes: isElsewhere ? [] : cell.classes, explain: () => forAsker(cell.explain(), asker) };
    };
    const asked = ask(simulation);
    const own = new Map([...new Set(asked)].map((cell) => [cell, forThem(cell)]));
    const cells = asked.map((cell) => own.get(cell)!);
    rows.push({ askers, cells });
  }
  return rows;
}

/** 2 when a line could not be read; 4 when something is not known; with a base 1 when something differs. */
export function exitCodeOf({ rows, base, faults }: Matrix): number {
  if (faults.length > 0) return ExitCode.usage;
  if (base && differs(rows, base.rows)) return ExitCode.no;
  const cells = [...rows, ...(base?.rows ?? [])].flatMap((row) => row.cells);
  return cells.some(({ verdict }) => verdict === 'unknown') ? ExitCode.unknown : ExitCode.yes;
}

function differs(rows: readonly MatrixRow[], old: readonly MatrixRow[]): boolean {
  const before = cellsBySource(old);
  return [...cellsBySource(rows)].some(([name, cells]) =>
    cells.some((cell, index) => !isSame(cell, before.get(name)![index]!)),
  );
}

/** The cells of each source, by its name, in the order of the names. */
export function cellsBySource(rows: readonly MatrixRow[]): Map<string, readonly Cell[]> {
  const bySource = rows.flatMap(({ askers, cells }) => askers.map((asker) => [nameOf(asker), cells] as const));
  return new Map(bySource.sort(([a], [b]) => (a < b ? -1 : 1)));
}
