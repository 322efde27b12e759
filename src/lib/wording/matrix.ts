/** What a cell of a matrix says. */
import type { CellVerdict } from '../analysis/reach/destinations.js';
import type { RequestClass } from '../analysis/request-space/types.js';
import { ANY, reachCells } from './reach.js';

/** In grids of text. */
export const cellWords: Readonly<Record<CellVerdict, string>> = {
  allowed: 'yes',
  some: 'some',
  denied: '-',
  unknown: '?',
};

/** What the words mean, for a legend. */
export const cellMeanings: Readonly<Record<CellVerdict, string>> = {
  allowed: 'every usual request gets through',
  some: 'some requests get through',
  denied: 'none gets through',
  unknown: 'it is not known, or left to chance',
};

/** The requests of a class beside where they go: `GET, HEAD /orders/…`, `from 192.0.2.0/24 only`. */
export function someText(one: RequestClass): string {
  const { methods, paths, addresses, needs } = reachCells({ classes: [one] });
  const bound = (texts: readonly string[]) => texts.length > 1 || texts[0] !== ANY;
  const parts = [
    bound(methods) ? methods.join(', ') : 'every method',
    bound(paths) ? `to ${paths.join(', ')}` : '',
    ...needs,
    bound(addresses) && !addresses[0]!.startsWith(ANY) ? `at ${addresses.join(', ')}` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
