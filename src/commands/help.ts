import { Args } from '@oclif/core';

import { BaseCommand } from '../lib/command/base-command.js';
import Help from '../lib/cli/help.js';
import { helpSubject } from '../lib/cli/route.js';

export default class HelpCommand extends BaseCommand {
  static override summary = 'Show help for a command or a topic';
  static override args = {
    command: Args.string({ multiple: true, description: 'Command or topic; the whole program if absent' }),
  };
  static override examples = ['<%= config.bin %> help egress explain'];
  static override exitCodes = [0, 2, 70];

  async run(): Promise<void> {
    const { args } = await this.parse(HelpCommand);
    await new Help(this.config).showSubject(helpSubject(args.command ?? [], this.config));
  }
}
