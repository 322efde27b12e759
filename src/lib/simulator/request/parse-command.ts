import { quoteShellWord } from '../../text/shell.js';
import { readerOf } from './clients/table.js';
import { isToldNoProxy } from './clients/wget.js';
import type { Input } from './command-list.js';
import type { Environment } from './curl-proxy.js';
import { isEndpoint, parseEndpoint } from './endpoint-target.js';
import { brief, relocated, TargetError } from './error.js';
import { parseWord } from './parse-word.js';
import { isWithoutProxy, parseProxy, proxyReason, proxyVariable, throughProxy } from './proxy.js';
import type { Target } from './types.js';
import { programOf, unwrap } from './unwrap.js';

const sameForms =
  'say the same as a URL, a curl command line, tcp://HOST:PORT (with --server-first where the server speaks first) or tls://HOST:PORT';

/** They ask whether packets arrive, and are answered past the proxy, which sees TCP alone. */
const CONNECTIONLESS = /^(?:ping6?|traceroute6?|tracepath6?|mtr)$/;

/**
 * What another program's command line puts on the wire: curl's, or that of another client, bare or wrapped in `kubectl exec`, `sh -c`,
 * `env` and the like.
 * @param words as the program receives them
 * @param command how the target prints; by default the words as a shell command
 * @param input what it reads from
 * @throws TargetError; its position is the index of the word
 */
export function parseCommand(words: readonly string[], command?: string, input: Input = 'terminal'): Target {
  const printed = command ?? words.map(quoteShellWord).join(' ');
  const [first = ''] = words;
  if (isEndpoint(first)) return parseEndpoint(words);
  if (words.length === 1 && !readerOf(programOf(first))) return parseWord(first);
  const { program, args, start, isScript, env, sender, notModelled, input: reads } = unwrap(words, input);
  const readWords = readerOf(program);
  if (!readWords) {
    const what = CONNECTIONLESS.test(program) ? 'opens no connection' : 'is no client that is known here';
    throw new TargetError(`${brief(program)} ${what}`, sameForms, Math.max(0, start - 1));
  }
  const target = relocated(
    () => readWords(args, env, printed, reads),
    (position) => (isScript ? start : position === undefined ? position : position + start),
  );
  const read = { ...byProxy(target, program, args, env), ...(sender && { sender }) };
  return { ...read, notModelled: [...read.notModelled, ...notModelled] };
}

/** The request of another program than curl, which reads the variables of the command line, too. */
function byProxy(target: Target, program: string, args: readonly string[], env: Environment): Target {
  const { scheme, host } = target;
  if (program === 'curl' || (scheme !== 'http' && scheme !== 'https')) return target;
  if (program === 'wget' && args.some(isToldNoProxy)) return target;
  const variable = proxyVariable(scheme, env);
  if (!variable || isWithoutProxy(host, env.get('no_proxy') ?? env.get('NO_PROXY'))) return target;
  const reason = `${proxyReason(`${variable.name}=`, variable.value).replace('= ', '=')} (${program} reads it)`;
  const proxy = program === 'wget' ? parseProxy(variable.value, 80) : undefined;
  if (proxy?.scheme !== 'http') return { ...target, notModelled: [...target.notModelled, reason] };
  return throughProxy(target, proxy, {});
}
