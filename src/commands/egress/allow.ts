import { BaseCommand } from '../../lib/command/base-command.js';
import { allowFlags, checkAllowFlags } from '../../lib/command/allow-flags.js';
import { outputFlag } from '../../lib/command/flags.js';
import { targetArgs, targetFlags, targetsOf } from '../../lib/command/request-flags.js';
import { requestInputOf, requestWorldFlags, sourceFlag } from '../../lib/command/world-flags.js';
import { textWidth, writeErr } from '../../lib/cli/streams.js';
import { ExitCode } from '../../lib/errors.js';

export default class EgressAllow extends BaseCommand {
  static override summary = 'Find the smallest change of the policies after which a request is allowed, and make it';
  static override description =
    'Extends a policy or adds one, adds a route match where routes are restricted, repairs what keeps policies from working, and proves by simulation that the request is allowed then. Shows the change as a diff, and what else it allows. With -f the files are edited only with --write; without -f the cluster is changed, after a question or with --yes.';
  static override args = targetArgs;
  static override examples = [
    '<%= config.bin %> <%= command.id %> http://example.com/ --from curl/curl -f examples/http',
    '<%= config.bin %> <%= command.id %> https://httpbin.org --from curl/curl -f policies/ --write',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http-routes -- curl -X POST http://httpbin.org/post',
    '<%= config.bin %> <%= command.id %> tcp://192.0.2.30:3306 --server-first --from shop/api --dry-run=server',
  ];
  static override passThrough = true;
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = {
    ...sourceFlag,
    ...requestWorldFlags,
    ...allowFlags,
    ...outputFlag(['text', 'json', 'yaml', 'diff']),
    ...targetFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressAllow);
    checkAllowFlags(flags);
    const { output: format = 'text', 'dry-run': dryRun, write, yes } = flags;
    const targets = targetsOf(args.target, flags, this.passedThrough);
    const { planTargets, exitCodeOf } = await import('../../lib/egress/allow/index.js');
    const { carryOut } = await import('../../lib/egress/allow/carry-out.js');
    const { printPlan, printWritten, questionText } = await import('../../lib/output/allow/printer.js');
    const { 'allow-exclusion': exclusion } = flags;
    const answer = await planTargets(
      { ...flags, ...requestInputOf(flags, 'targets'), targets, exclusion },
      this.report,
    );
    const options = { format, palette: this.palette, width: textWidth(), dryRun };
    await printPlan(answer, options);
    const confirm = (question: string): Promise<boolean> => {
      if (format !== 'text') writeErr(questionText(answer));
      return this.confirm(question, '--yes');
    };
    const written = await carryOut(answer, { write, dryRun, confirm: yes ? undefined : confirm }, this.report);
    if (!written) this.report.note('nothing was changed');
    await printWritten(answer, written ?? [], options);
    this.exitWith(written ? exitCodeOf(answer) : ExitCode.no);
  }
}
