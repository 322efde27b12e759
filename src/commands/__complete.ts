import { answerText, complete } from '../lib/cli/completion/complete.js';
import { writeOut } from '../lib/cli/streams.js';
import { BaseCommand } from '../lib/command/base-command.js';

/** What the scripts of `completion` ask. Its answer has the form that kubectl expects of plugins, too. */
export default class Complete extends BaseCommand {
  static override summary = 'Say what may follow on a command line; for the scripts of completion';
  static override hidden = true;
  static override strict = false;
  static override exitCodes = [0, 70];

  async run(): Promise<void> {
    const [question, ...line] = this.argv;
    const { words, names, given } = complete(line, this.config);
    const live = names ? await (await import('../lib/command/completion-names.js')).completedNames(names, given) : [];
    const hasFiles = names?.kind === 'files';
    await writeOut(answerText([...words, ...live], { hasFiles, withDescriptions: question === '__complete' }));
  }
}
