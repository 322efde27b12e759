import type { Explanation } from '../simulator/explain.js';
import { inputFlagsText, type InputFlags } from '../input/input-flags.js';

/**
 * The command line that finds the smallest change after which a request is allowed.
 * @returns undefined when it is allowed, when no change of the policies can help, or when the policies came from standard
 *   input, which cannot be read again
 */
export async function fixFor(explanation: Explanation, options: InputFlags): Promise<string | undefined> {
  const { verdict } = explanation.verdict;
  if ((verdict !== 'denied' && verdict !== 'unpredictable') || options.filename?.includes('-')) return undefined;
  const { fixCommand } = await import('../analysis/allow/fix-command.js');
  return fixCommand(explanation, inputFlagsText(options));
}
