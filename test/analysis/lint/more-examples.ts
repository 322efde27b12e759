import type { Resource } from '../../../src/lib/resources/types.js';

/** Sets of objects beside those of the pages and the traps. */
export const moreExamples: Readonly<Record<string, readonly (readonly Resource[])[]>> = {};
