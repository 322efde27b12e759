import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { dryRunFlag, outputFlag } from '../../lib/command/flags.js';
import { optionFlags, urlOptionsOf } from '../../lib/command/request-flags.js';
import { textWidth, writeErr } from '../../lib/cli/streams.js';
import { sourceFlags, worldFlags } from '../../lib/command/world-flags.js';
import { ExitCode } from '../../lib/errors.js';

export default class EgressAllow extends BaseCommand {
  static override summary = 'Find the smallest change of the policies after which a request is allowed, and make it';
  static override description =
    'Extends a policy or adds one, adds a route match where routes are restricted, repairs what keeps policies from working, and proves by simulation that the request is allowed then. Shows the change as a diff, and what else it allows. With -f the files are edited only with --write; without -f the cluster is changed, after a question or with --yes.';
  static override args = {
    target: Args.string({ multiple: true, description: 'URL, tcp://host:port, or a curl command line in quotes' }),
  };
  static override examples = [
    '<%= config.bin %> <%= command.id %> http://example.com/ --from curl/curl -f examples/http',
    '<%= config.bin %> <%= command.id %> https://httpbin.org --from curl/curl -f policies/ --write',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http-routes -- curl -X POST http://httpbin.org/post',
    '<%= config.bin %> <%= command.id %> tcp://192.0.2.30:3306 --server-first --from shop/api --dry-run=server',
  ];
  static override passThrough = true;
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    ...sourceFlags,
    ...worldFlags,
    write: Flags.boolean({ description: 'Edit the files of -f in place; comments and layout stay' }),
    yes: Flags.boolean({ char: 'y', description: 'Change the cluster without asking' }),
    ...dryRunFlag,
    policy: Flags.string({ helpValue: '[NAMESPACE/]NAME', description: 'Policy to extend, where that can be done' }),
    name: Flags.string({ helpValue: 'NAME', description: 'Name of a new policy; else made from host and port' }),
    exact: Flags.boolean({ description: 'Let a new http policy allow this method and path only' }),
    ...outputFlag(['text', 'json', 'yaml', 'diff']),
    ...optionFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressAllow);
    const { planTargets, exitCodeOf } = await import('../../lib/egress/allow/index.js');
    const { carryOut } = await import('../../lib/egress/allow/carry-out.js');
    const { printPlan, printWritten, questionText } = await import('../../lib/output/allow/printer.js');
    const note = (text: string) => this.note(text);
    const verbose = flags.verbose ? note : undefined;
    const target = { ...urlOptionsOf(flags), words: args.target ?? [], commandLine: this.passedThrough };
    const answer = await planTargets({ ...flags, target, dryRun: flags['dry-run'], verbose });
    answer.input.notes.forEach(note);
    for (const warning of answer.input.warnings) this.warn(warning);
    const format = flags.output ?? 'text';
    const options = { format, palette: this.palette, width: textWidth(), dryRun: flags['dry-run'] };
    await printPlan(answer, options);
    const confirm = async () => {
      if (format !== 'text') writeErr(questionText(answer));
      const { askConfirm } = await import('../../lib/cli/prompt.js');
      return askConfirm({ message: 'Make this change in the cluster?', flag: '--yes' }, { noInput: flags['no-input'] });
    };
    const written = await carryOut(answer, { ...flags, dryRun: flags['dry-run'], confirm, note });
    if (!written) this.note('nothing was changed');
    await printWritten(answer, written ?? [], options);
    this.exitWith(written ? exitCodeOf(answer) : ExitCode.no);
  }
}
