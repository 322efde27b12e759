import { Flags } from '@oclif/core';
import type { LintOptions } from '../egress/lint/index.js';
import { inputOf } from './world-flags.js';

/** What counts as a finding. */
export const lintFlags = {
  'fail-on': Flags.option({
    options: ['error', 'warning', 'info'] as const,
    default: 'error' as const,
    helpValue: 'error|warning|info',
    description: 'Exit with 1 when there is a finding of this level, or a worse one',
  })(),
  ignore: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'CODE',
    description: 'Leave out what this rule finds; repeatable',
  }),
  fix: Flags.boolean({
    description:
      'Edit the files of -f first, and delete policies from them, wherever that is proven to change nothing for any request',
  }),
  quick: Flags.boolean({ description: 'Leave out the rules that look at all requests at once' }),
  baseline: Flags.string({ helpValue: 'FILE', description: 'Leave out the findings that this file knows' }),
  'write-baseline': Flags.boolean({
    description: 'Write the findings to the file of --baseline, so that they are known from now on',
    dependsOn: ['baseline'],
  }),
};

interface LintValues {
  readonly 'all-namespaces': boolean;
  readonly ignore?: readonly string[] | undefined;
  readonly quick: boolean;
  readonly fix: boolean;
  readonly baseline?: string | undefined;
  readonly 'write-baseline': boolean;
}

/** What the service gets from `lintFlags` and the flags of the input. */
export function lintOptionsOf(flags: LintValues & Parameters<typeof inputOf>[0]): LintOptions {
  const { 'all-namespaces': allNamespaces, ignore = [], quick, fix, baseline, 'write-baseline': writeBaseline } = flags;
  return { ...inputOf(flags), allNamespaces, ignore, quick, fix, baseline, writeBaseline };
}
