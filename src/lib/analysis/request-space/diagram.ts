/**
 * Decisions about requests as a diagram: a choice for each dimension that matters, shared wherever what follows is the same,
 * and left out where it makes no difference. A way from the root to a leaf is a class of requests.
 */
import type { AddressLiteral } from '../../simulator/address.js';
import type { Target } from '../../simulator/request/types.js';
import type { Part, Pick, Undecided } from './types.js';

/** A request whose address is known. */
export interface Point {
  readonly target: Target;
  readonly address: AddressLiteral;
}

export interface Leaf {
  readonly kind: 'leaf';
  readonly id: number;
  /** Set where a bound was met. */
  readonly undecided: Undecided | undefined;
}

export interface Edge {
  /** Indices of the alternatives that lead on here, in their order. */
  readonly parts: readonly number[];
  /** What a request of the first of these is made with. */
  readonly pick: Pick;
  readonly child: Node;
}

export interface Choice {
  readonly kind: 'choice';
  readonly id: number;
  readonly dimension: string;
  /** What the dimension is cut into, and what a request of each part is made with. */
  readonly parts: readonly Part[];
  readonly picks: readonly Pick[];
  readonly edges: readonly Edge[];
  /** The name of the part that a request lies in. */
  readonly partOf: (point: Point) => string;
  readonly edgeOf: ReadonlyMap<string, Edge>;
}

export type Node = Leaf | Choice;

export interface Alternative {
  readonly part: Part;
  readonly pick: Pick;
  readonly child: Node;
}

export class Diagram {
  private readonly nodes = new Map<string, Node>();

  leaf(key: string, undecided?: Undecided): Leaf {
    const full = undecided ? `! ${JSON.stringify(undecided)}` : `= ${key}`;
    const known = this.nodes.get(full);
    if (known) return known as Leaf;
    const leaf: Leaf = { kind: 'leaf', id: this.nodes.size, undecided };
    this.nodes.set(full, leaf);
    return leaf;
  }

  /**
   * @param alternatives in a fixed order; each part once, and together the whole of the dimension
   * @param scope tells apart dimensions whose parts have the same names throughout without being the same
   */
  choice(dimension: string, alternatives: readonly Alternative[], partOf: (point: Point) => string, scope = ''): Node {
    const [first] = alternatives;
    if (alternatives.every(({ child }) => child === first!.child)) return first!.child;
    const byChild = new Map<Node, { parts: number[]; pick: Pick; child: Node }>();
    alternatives.forEach(({ pick, child }, index) => {
      const edge = byChild.get(child);
      if (edge) edge.parts.push(index);
      else byChild.set(child, { parts: [index], pick, child });
    });
    const key = `${dimension} ${scope} ${alternatives.map(({ part, child }) => `${JSON.stringify(part.name)}${child.id}`).join()}`;
    const known = this.nodes.get(key);
    if (known) return known;
    const edges = [...byChild.values()];
    const parts = alternatives.map(({ part }) => part);
    const edgeOf = new Map(edges.flatMap((edge) => edge.parts.map((index) => [parts[index]!.name, edge] as const)));
    const picks = alternatives.map(({ pick }) => pick);
    const choice: Choice = { kind: 'choice', id: this.nodes.size, dimension, parts, picks, edges, partOf, edgeOf };
    this.nodes.set(key, choice);
    return choice;
  }
}

/** Follows a request to its leaf. */
export function follow(node: Node, point: Point): { readonly edges: [Choice, Edge][]; readonly leaf: Leaf } {
  const edges: [Choice, Edge][] = [];
  let at = node;
  while (at.kind === 'choice') {
    const part = at.partOf(point);
    const edge = at.edgeOf.get(part);
    if (!edge) throw new Error(`a request lies in no part of the ${at.dimension}: ${part}`);
    edges.push([at, edge]);
    at = edge.child;
  }
  return { edges, leaf: at };
}
