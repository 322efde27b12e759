import type { Effect, UndecidedEffect } from '../analysis/compare/index.js';
import type { Locate } from '../resources/types.js';
import { classCommand, undecidedText } from '../wording/effects.js';
import { sourceText } from '../wording/policy.js';
import { objectDocument } from './explain/document.js';
import { requestClassText } from '../wording/request-class.js';

/** Requests that a change does the same to, as data. */
export function effectDocument({ source, class: requests, before, after, allowedBy }: Effect, locate: Locate) {
  return {
    requests: requestClassText(requests),
    command: classCommand(requests),
    source: sourceText(source),
    before: before.verdict,
    after: after.verdict,
    allowedBy: allowedBy.map((ref) => objectDocument(ref, locate)),
  };
}

export function undecidedDocument(one: UndecidedEffect, locate: Locate) {
  const { source, port, domains, dimension, bound, limit, at } = one;
  return {
    source: sourceText(source),
    port,
    domains,
    dimension,
    bound,
    limit,
    at: at.map((ref) => objectDocument(ref, locate)),
    message: undecidedText(one, locate),
  };
}
