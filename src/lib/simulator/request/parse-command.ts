import { quoteShellWord } from '../../text/shell.js';
import { shortened } from '../../text/shorten.js';
import { readerOf } from './clients/table.js';
import { proxyReason } from './clients/faults.js';
import { isEndpoint, parseEndpoint } from './endpoint-target.js';
import { TargetError } from './error.js';
import { parseWord } from './parse-word.js';
import type { Target } from './types.js';
import { programOf, unwrap } from './unwrap.js';

const sameForms =
  'say the same as a URL, a curl command line, tcp://HOST:PORT (with --server-first where the server speaks first) or tls://HOST:PORT';

/**
 * What another program's command line puts on the wire: curl's, or that of another client, bare or wrapped in `kubectl exec`, `sh -c`,
 * `env` and the like.
 * @param words as the program receives them
 * @param command how the target prints; by default the words as a shell command
 * @throws TargetError; its position is the index of the word
 */
export function parseCommand(words: readonly string[], command?: string): Target {
  const printed = command ?? words.map(quoteShellWord).join(' ');
  if (isEndpoint(words[0] ?? '')) return parseEndpoint(words);
  if (words.length === 1 && !readerOf(programOf(words[0]!))) return parseWord(words[0]!);
  const { program, args, start, isScript, env, sender } = unwrap(words);
  const read = readerOf(program);
  if (!read)
    throw new TargetError(
      `${shortened(program, 60)} is no client that is known here`,
      sameForms,
      Math.max(0, start - 1),
    );
  let target: Target;
  try {
    target = read(args, env, printed);
  } catch (error) {
    if (!(error instanceof TargetError) || error.position === undefined) throw error;
    const position = isScript ? start : error.position + start;
    throw new TargetError(error.message, error.hint, position, error.curlExitCode, { cause: error });
  }
  const proxy = proxyOf(target, program, env);
  return {
    ...target,
    ...(proxy !== undefined && { notModelled: [...target.notModelled, proxy] }),
    ...(sender && { sender }),
  };
}

/** Why nothing can be told, where a variable of the command line names a proxy. */
function proxyOf({ scheme, host }: Target, program: string, env: ReadonlyMap<string, string>): string | undefined {
  if (scheme !== 'http' && scheme !== 'https') return undefined;
  // an upper-case HTTP_PROXY may come from a request's header in a CGI script, so that curl does not look at it
  const names = [...(scheme === 'http' ? ['http_proxy'] : ['https_proxy', 'HTTPS_PROXY']), 'all_proxy', 'ALL_PROXY'];
  const name = names.find((candidate) => env.get(candidate));
  if (name === undefined) return undefined;
  const except = (env.get('no_proxy') ?? env.get('NO_PROXY') ?? '').split(/[\s,]+/).filter(Boolean);
  const wanted = host.toLowerCase();
  const isExcepted = except.some((entry) => {
    const domain = entry.toLowerCase().replace(/^\./, '');
    return domain === '*' || wanted === domain || wanted.endsWith(`.${domain}`);
  });
  return isExcepted ? undefined : `${proxyReason(`${name}=`, env.get(name)!).replace('= ', '=')} (${program} reads it)`;
}
