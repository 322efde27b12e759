import { Answers } from '../cli/answers.js';
import { writeErr, writeOut } from '../cli/streams.js';
import { UsageError } from '../errors.js';
import type { ListedMesh } from '../mesh/list.js';
import type { Conversation } from '../mesh/uninstall/uninstall.js';
import { visible } from '../text/visible.js';
import type { ChangeFormat } from './changes.js';
import { printMeshes } from './mesh-list.js';

interface ConversationOptions {
  readonly format: ChangeFormat | undefined;
  /** Not set by `--no-input`. */
  readonly mayAsk: boolean;
  readonly signal: AbortSignal;
  /** The meshes of the cluster, to be shown. */
  readonly meshes: () => Promise<ListedMesh[]>;
}

/**
 * The mirrored program's side of the conversation about uninstalling, on standard output as there; on standard error where that
 * has a document. @returns it, and what ends it
 */
export function converse({ format, mayAsk, signal, meshes }: ConversationOptions): {
  readonly talk: Conversation;
  readonly end: () => void;
} {
  const write = (text: string): Promise<void> =>
    format === undefined ? writeOut(text) : Promise.resolve(writeErr(text));
  const answers = new Answers(write, signal);
  return {
    talk: {
      say: (line) => write(`${visible(line)}\n`),
      showMeshes: async () => {
        if (format !== undefined) return;
        await write('List of meshes present in the cluster:\n');
        await printMeshes(await meshes(), undefined);
      },
      confirm: (question) => {
        if (mayAsk) return answers.confirm(`\n${visible(question)}`, '--force');
        throw new UsageError(
          'uninstalling needs a confirmation, and --no-input forbids to ask',
          'confirm with --force',
        );
      },
    },
    end: () => answers.close(),
  };
}
