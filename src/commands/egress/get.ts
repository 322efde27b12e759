import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../lib/command/base-command.js';
import { textWidth } from '../../lib/cli/streams.js';
import { clusterFlags, filenameFlags, outputFlag } from '../../lib/command/flags.js';

export default class EgressGet extends BaseCommand {
  static override summary = 'Show an Egress policy: what each port does, what becomes of it, and what is wrong';
  static override description =
    'As text, describes the policy and names the place of every problem, found by simulating every source that it names. With -o json or yaml prints the object itself, as kubectl does. With -f the policy is looked for in the files, and no socket is opened.';
  static override args = { name: Args.string({ required: true, description: 'Name of the policy' }) };
  static override examples = [
    '<%= config.bin %> <%= command.id %> httpbin -n curl',
    '<%= config.bin %> <%= command.id %> httpbin -f policies/',
    '<%= config.bin %> <%= command.id %> httpbin -n curl -o yaml',
  ];
  static override exitCodes = [0, 2, 3, 70];
  static override flags = {
    ...filenameFlags,
    'mesh-name': Flags.string({ helpValue: 'NAME', default: 'osm', description: 'Name of the mesh' }),
    ...outputFlag(['text', 'wide', 'json', 'yaml', 'name']),
    ...clusterFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EgressGet);
    const { getPolicy } = await import('../../lib/egress/get.js');
    const { printPolicy } = await import('../../lib/output/policies/printer.js');
    const note = (text: string): void => this.note(text);
    const found = await getPolicy(args.name, { ...flags, verbose: flags.verbose ? note : undefined });
    found.world.notes.forEach(note);
    for (const warning of found.world.warnings) this.warn(warning);
    await printPolicy(found, flags.output ?? 'text', {
      palette: this.palette,
      now: Date.now(),
      terminal: this.onTerminal ? { width: textWidth() } : undefined,
      note,
    });
  }
}
