import { Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { outputFlag } from '../../lib/command/flags.js';
import { requestFlags, urlOptionsOf } from '../../lib/command/request-flags.js';
import { startProgress } from '../../lib/cli/progress.js';
import { textWidth } from '../../lib/cli/streams.js';
import { sourceFlags, worldFlags } from '../../lib/command/world-flags.js';

export default class EgressExplain extends BaseCommand {
  static override summary = 'Say whether a request would leave the mesh, what the client would see, and why';
  static override description =
    'Simulates the path of one request, or of many, through the mesh: interception, the filter chains and routes that the control plane programs, and what Envoy makes of them. With -f nothing but the files is looked at, and no socket is opened; without -f the policies come from the cluster.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --url http://httpbin.org:80/get --from curl/curl -f examples/http',
    '<%= config.bin %> <%= command.id %> --from curl/curl -f examples/http-routes -- curl -s -X POST http://httpbin.org/status/200',
    '<%= config.bin %> <%= command.id %> --url https://httpbin.org --from curl/curl',
    'cat targets.txt | <%= config.bin %> <%= command.id %> --from curl/curl -f examples/http --targets - -o json',
  ];
  static override passThrough = true;
  static override exitCodes = [0, 1, 2, 3, 4, 70];

  static override flags = {
    ...requestFlags,
    ...sourceFlags,
    ...worldFlags,
    trace: Flags.boolean({ description: 'Show every candidate at every level, not only what decided' }),
    strict: Flags.boolean({ description: 'Fail instead of assuming what the input does not tell' }),
    ...outputFlag(['text', 'json', 'yaml']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EgressExplain);
    const { explainTargets, fixFor, ExitCodeTally } = await import('../../lib/egress/explain.js');
    const { explanationPrinter } = await import('../../lib/output/explain/printer.js');
    const verbose = flags.verbose ? (line: string) => this.note(line) : undefined;
    const target = { ...urlOptionsOf(flags), commandLine: this.passedThrough };
    const progress = startProgress();
    const onProgress = (text: string) => progress.update(text);
    const options = { ...flags, target, verbose, onProgress };
    const { input, locate, explanations } = await explainTargets(options).finally(() => progress.done());
    for (const note of input.notes) this.note(note);
    for (const warning of input.warnings) this.warn(warning);

    const print = explanationPrinter(flags.output ?? 'text', {
      locate,
      several: flags.targets !== undefined,
      full: flags.trace,
      width: textWidth(),
      palette: this.palette,
      fix: (explanation) => fixFor(explanation, flags),
    });
    const tally = new ExitCodeTally();
    for await (const explanation of explanations) {
      tally.add(explanation);
      await print(explanation);
    }
    this.exitWith(tally.code);
  }
}
