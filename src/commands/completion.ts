import { Args, Flags } from '@oclif/core';

import { completionScript, shells, type Shell } from '../lib/cli/completion/scripts.js';
import { writeOut } from '../lib/cli/streams.js';
import { BaseCommand } from '../lib/command/base-command.js';
import { unusedOsmNamespaceFlag } from '../lib/command/flags.js';

export default class Completion extends BaseCommand {
  static override summary = 'Print a script with which a shell completes command lines';
  static override description =
    'The script asks osm-ts at each press of Tab: for commands, flags and their values, and for the names that the kubeconfig and the ' +
    'cluster have, where they answer within 300 ms. The head of the script says how to keep it.';
  static override args = {
    shell: Args.string({ required: true, options: [...shells], description: 'The shell' }),
  };
  static override flags = {
    'no-descriptions': Flags.boolean({ description: 'Do not show what the words mean' }),
    ...unusedOsmNamespaceFlag,
  };
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
  ];
  static override exitCodes = [0, 2, 70];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    await writeOut(completionScript(args.shell as Shell, this.config.bin, !flags['no-descriptions']));
  }
}
