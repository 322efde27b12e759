import { textWidth } from '../../lib/cli/streams.js';
import { BaseCommand } from '../../lib/command/base-command.js';
import { answerFlags, answersAs } from '../../lib/command/answer-flags.js';
import { outputFlag } from '../../lib/command/flags.js';
import { targetArgs, targetFlags, targetsOf } from '../../lib/command/request-flags.js';
import {
  configDumpFlag,
  eitherMeshFlags,
  requestInputOf,
  sinceFlag,
  sourcesFlag,
} from '../../lib/command/world-flags.js';
import { mayBeSeveral } from '../../lib/input/targets.js';

export default class EgressExplain extends BaseCommand {
  static override summary = 'Say whether a request would leave the mesh, what the client would see, and why';
  static override description =
    'Simulates the path of one request, or of many, through the mesh: interception, the filter chains and routes that the control plane programs, and what Envoy makes of them. With -f nothing but the files is looked at, and no socket is opened; without -f the policies come from the cluster.';
  static override args = targetArgs;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --url http://httpbin.org:80/get --from curl/curl -f examples/http',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http-routes -- curl -s -X POST http://httpbin.org/status/200',
    '<%= config.bin %> <%= command.id %> https://httpbin.org --from curl/curl',
    '<%= config.bin %> <%= command.id %> http://httpbin.org/get --from curl/curl -f examples/http-routes --since examples/http',
    '<%= config.bin %> <%= command.id %> --mesh istio http://httpbin.org/get --from curl/curl -f examples/istio',
    '<%= config.bin %> <%= command.id %> https://httpbin.org/ --config-dump examples/proxy/config_dump',
    'cat targets.txt | <%= config.bin %> <%= command.id %> --from curl/curl -f examples/http --targets - -o json',
  ];
  static override passThrough = true;
  static override exitCodes = [0, 1, 2, 3, 4, 70];

  static override flags = {
    ...targetFlags,
    ...sourcesFlag,
    ...eitherMeshFlags,
    ...answerFlags,
    ...sinceFlag,
    ...configDumpFlag,
    ...outputFlag(['text', 'json', 'yaml']),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressExplain);
    const targets = targetsOf(args.target, flags, this.passedThrough);
    const { explainTargets, fixFor, AnswerTally } = await import('../../lib/egress/explain.js');
    const { printAnswers } = await import('../../lib/output/explain/printer.js');
    const options = { ...requestInputOf(flags, 'targets'), targets, strict: flags.strict, since: flags.since };
    const { input, answers } = await explainTargets(options, this.report);
    const tally = new AnswerTally(flags['require-mesh']);
    await printAnswers(answers, tally, {
      format: flags.output ?? 'text',
      locate: input.locate,
      several: mayBeSeveral(targets) || input.clients.length > 1,
      sources: input.clients.length !== 1,
      ...answersAs(flags),
      width: textWidth(),
      terminal: this.terminal,
      palette: this.palette,
      fix: (answer) => fixFor(answer, input),
    });
    this.exitWith(tally.code);
  }
}
