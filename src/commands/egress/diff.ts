import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { clusterFlags, outputFlag } from '../../lib/command/flags.js';
import {
  everybodyInputOf,
  istioInputOf,
  meshKindFlags,
  sourcesFlag,
  surroundingsFlags,
} from '../../lib/command/world-flags.js';

const set = 'files, a directory, - for standard input, git:REV[:PATH] for a commit, or cluster';

export default class EgressDiff extends BaseCommand {
  static override summary = 'Tell all requests that fare otherwise under another set of policies';
  static override description =
    'Compares two sets of policies for every request of every source, not for examples: what is newly allowed, what is not allowed any more, and what ends otherwise, each with a command line to try, what the client sees before and after, and the objects that decide. No difference is a proof that there is none. What is around the policies (MeshConfig, namespaces, services) is taken from the other set where one does not have it. Exit code 0: they are the same; 1: they differ; 4: too large to decide.';
  static override args = {
    old: Args.string({ required: true, description: `The set before: ${set}` }),
    new: Args.string({ required: true, description: `The set after: ${set}` }),
  };
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/http examples/https',
    '<%= config.bin %> <%= command.id %> git:main:policies policies/ -R --fail-on allowed',
    '<%= config.bin %> <%= command.id %> --mesh istio examples/istio examples/istio/mesh.yaml',
    '<%= config.bin %> <%= command.id %> git:HEAD:policies policies/ -o markdown',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    ...sourcesFlag,
    recursive: Flags.boolean({ char: 'R', description: 'Read directories with everything below them' }),
    'fail-on': Flags.option({
      options: ['any', 'allowed', 'denied'] as const,
      default: 'any',
      helpValue: 'any|allowed|denied',
      description: 'What makes the exit code 1: any difference, or only what is newly allowed, or newly denied',
    })(),
    ...surroundingsFlags,
    ...meshKindFlags,
    ...outputFlag(['text', 'json', 'markdown', 'github']),
    ...clusterFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressDiff);
    const { diffPolicies, exitCodeOf } = await import('../../lib/egress/diff.js');
    const { printDiff } = await import('../../lib/output/diff/printer.js');
    const options = {
      ...everybodyInputOf(flags),
      ...istioInputOf(flags),
      old: args.old,
      now: args.new,
      clients: flags.from ?? [],
    };
    const answer = await diffPolicies(options, this.report);
    await printDiff(answer, flags.output ?? 'text', this.palette);
    this.exitWith(exitCodeOf(answer, flags['fail-on']));
  }
}
