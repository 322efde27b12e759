import { textWidth } from '../../lib/cli/streams.js';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { interruptible } from '../../lib/command/interruptible.js';
import { targetArgs, targetFlags, targetsOf } from '../../lib/command/request-flags.js';
import {
  confirmSending,
  fromTests,
  readTestClient,
  verifyTrafficFlags,
} from '../../lib/command/verify-traffic-flags.js';
import { requestInputOf } from '../../lib/command/world-flags.js';
import { ExitCode } from '../../lib/errors.js';
import { mayBeSeveral } from '../../lib/input/targets.js';

export default class EgressVerify extends BaseCommand {
  static override summary = 'Send requests from a pod, and compare what curl sees with what the policies say';
  static override description =
    "Runs the curl of a pod for each request, with exec; asks before it does. Where reality differs from the policies, what the pod's proxy holds is read, to say why. Bodies of answers are thrown away in the pod; bodies of requests are sent with their length and not their text. Raw TCP is one line, or with --server-first silence. Exit code 0: all is as the policies say; 1: something is not; 4: something could not be asked, or fails beyond the mesh.";
  static override args = targetArgs;
  static override examples = [
    '<%= config.bin %> <%= command.id %> https://httpbin.org/ http://example.com/ --pod curl/curl-0 --yes',
    '<%= config.bin %> <%= command.id %> --tests tests/egress-test.yaml --pod curl/curl-0 --yes -o json',
  ];
  static override passThrough = true;
  static override exitCodes = [0, 1, 2, 3, 4, 70];
  static override flags = { ...targetFlags, ...verifyTrafficFlags, ...outputFlag(['text', 'json', 'yaml']) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressVerify);
    const { tests = [], container, timeout: timeoutSeconds, pod } = flags;
    const words = args.target ?? this.passedThrough;
    const targets = fromTests(tests, words) ? undefined : targetsOf(args.target, flags, this.passedThrough);
    const confirm = confirmSending(flags.yes, this.canAsk, (message) => this.confirm(message, '--yes'));
    const { verifyTraffic, VerifiedTally } = await import('../../lib/egress/verify/index.js');
    const { printVerified } = await import('../../lib/output/verified/printer.js');
    const asked = { targets, tests, readClient: readTestClient, container, pod, timeoutSeconds, confirm };
    await interruptible(async (signal) => {
      const verification = await verifyTraffic({ ...requestInputOf(flags), ...asked, signal }, this.report);
      if (!verification) {
        this.report.note('nothing was sent');
        return this.exitWith(ExitCode.no);
      }
      const tally = new VerifiedTally();
      const several = targets === undefined || mayBeSeveral(targets);
      const printing = { format: flags.output ?? 'text', several, width: textWidth(), palette: this.palette };
      await printVerified(verification, tally, printing);
      this.exitWith(tally.code);
    });
  }
}
