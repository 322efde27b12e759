import { relocated, TargetError } from './error.js';
import { ownValue } from '../../text/plain-data.js';
import { readOptions, type OptionSyntax, type ReadOptions } from './clients/options.js';
import { readerOf } from './clients/table.js';
import { oneCommand, variableOf, type Input, type OneCommand } from './command-list.js';
import { splitShellWords } from './shell.js';
import type { Sender } from './types.js';

/** A command line without what only starts its program. */
export interface Unwrapped {
  /** The program's name without its folder, and its words. */
  readonly program: string;
  readonly args: readonly string[];
  /** Index of `args[0]` among the words given; where they come out of a script, of the script. */
  readonly start: number;
  readonly isScript: boolean;
  readonly env: ReadonlyMap<string, string>;
  readonly sender: Sender | undefined;
  readonly input: Input;
  /** What programs around it may do to where it connects. */
  readonly notModelled: readonly string[];
}

/** What runs another command line: its own options that take a value, and how many words of its own follow them. */
interface Wrapper {
  readonly values?: string;
  readonly operands?: number;
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  busybox: {},
  command: {},
  doas: { values: 'u C' },
  env: { values: 'u,unset C,chdir S,split-string' },
  eval: {},
  exec: { values: 'a' },
  gosu: { operands: 1 },
  nice: { values: 'n,adjustment' },
  nohup: {},
  proxychains: { values: 'f' },
  proxychains4: { values: 'f' },
  runuser: { values: 'u,user g,group G,supp-group' },
  stdbuf: { values: 'i,input o,output e,error' },
  'su-exec': { operands: 1 },
  sudo: { values: 'u,user g,group h,host p,prompt C D R T U' },
  chroot: { operands: 1 },
  nsenter: { values: 't,target S,setuid G,setgid' },
  strace: { values: 'a e o O p P s S u E b I X' },
  time: { values: 'f,format o,output' },
  torify: {},
  torsocks: { values: 'a,address P,port u,user p,pass' },
  tsocks: {},
  timeout: { values: 'k,kill-after s,signal', operands: 1 },
  watch: { values: 'n,interval' },
  xargs: { values: 'a,arg-file d,delimiter E I,replace L,max-lines n,max-args P,max-procs s,max-chars' },
};

/** They give their words to a shell. */
const joiners = new Set(['eval', 'watch']);

/** They send every connection through a proxy of their own configuration. */
const redirectors = new Set(['proxychains', 'proxychains4', 'torify', 'torsocks', 'tsocks']);
/** They pass on only what their configuration names. */
const cleaners = new Set(['sudo', 'doas']);
/** `su` takes a script as they do. */
const shells = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'zsh', 'su']);
/** Their containers are none of Kubernetes' names: who sends the request they do not tell. */
const containers = new Set(['docker', 'podman', 'nerdctl', 'crictl']);
const kubectls = new Set(['kubectl', 'oc', 'k', 'microk8s.kubectl']);

const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)/;

/** Does a line that begins with this word start a program in another way than by its name? */
export function isWrapper(word: string): boolean {
  const name = programOf(word);
  return (
    ownValue(wrappers, name) !== undefined ||
    containers.has(name) ||
    shells.has(name) ||
    kubectls.has(name) ||
    assignment.test(word)
  );
}

/** The name of a program without its folder. */
export function programOf(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1).replace(/\.exe$/i, '');
}

/** How deep command lines may be wrapped into one another. */
const DEEPEST = 20;

/**
 * Takes the wrappings off.
 * @param input what the whole reads from
 * @throws TargetError; its position is the index of the word
 */
export function unwrap(words: readonly string[], input: Input = 'terminal'): Unwrapped {
  let reads = input;
  const env = new Map<string, string>();
  const reasons: string[] = [];
  let rest = words;
  let start = 0;
  let isScript = false as boolean;
  let sender: Sender | undefined;
  const skip = (count: number): void => {
    rest = rest.slice(count);
    if (!isScript) start += count;
  };
  const enterScript = (script: string): void => {
    const read = wordsOf(script, start);
    rest = read.words;
    reads = read.input ?? reads;
    isScript = true;
  };
  // what is around it stays on the machine where it is typed
  const enter = (options: ReadOptions): void => {
    const has = (...names: readonly string[]): boolean => names.some((name) => options.has(name));
    const isPassedOn = has('i', 'stdin', 'interactive') && (reads !== 'terminal' || has('t', 'tty'));
    if (!isPassedOn && options.operands[0] !== 'rsh') reads = 'nothing';
    const own = options.all('env').flatMap((text) => {
      const [name = '', value = env.get(name)] = assignment.exec(text)?.slice(1) ?? [text];
      return value === undefined ? [] : [[name, value] as const];
    });
    env.clear();
    for (const [name, value] of own) env.set(name, value);
    reasons.length = 0;
  };
  for (let depth = 0; depth < DEEPEST; depth++) {
    for (const word of rest) {
      const set = assignment.exec(word);
      if (!set) break;
      env.set(set[1]!, set[2]!);
      skip(1);
    }
    const [first] = rest;
    if (first === undefined) throw new TargetError('there is no command', 'write a command line such as curl URL');
    const program = programOf(first);
    if (shells.has(program)) {
      const options = rest.slice(1);
      const at = options.findIndex((word) => /^-[A-Za-z]*c/.test(word));
      // without one, the last word is left alone
      const [, script] = options.slice(at);
      if (script === undefined)
        throw new TargetError(`${program} runs no command here`, `write ${program} -c 'COMMAND'`, start);
      skip(at + 2);
      enterScript(script);
    } else if (kubectls.has(program)) {
      const read = readKubectl(rest, start);
      sender = read.sender;
      enter(read.options);
      skip(read.used);
    } else if (containers.has(program)) {
      const options = readOptions(rest.slice(1), containerExec);
      const { operands, positions } = options;
      if (operands[0] !== 'exec' || positions[2] === undefined)
        throw new TargetError(`of ${program} only exec starts a client`, `write ${program} exec NAME COMMAND`, start);
      enter(options);
      skip(positions[2] + 1);
    } else if (ownValue(wrappers, program)) {
      const { values = '', operands = 0 } = wrappers[program]!;
      const options = readOptions(rest.slice(1), { values, operands: 1 });
      const next = options.positions[operands];
      const text = options.get('split-string');
      const isCleared = options.has('i') || options.has('ignore-environment');
      if (text !== undefined) {
        const before = isCleared ? ['-i'] : options.all('unset').map((name) => `-u${name}`);
        const after = options.positions[0] === undefined ? [] : rest.slice(options.positions[0] + 1);
        rest = ['env', ...before, ...splitByEnv(text, start), ...after];
        isScript = true;
        continue;
      }
      if (next === undefined)
        throw new TargetError(`${program} runs no command here`, `write ${program} COMMAND`, start);
      if (program === 'env') {
        for (const name of isCleared || rest[next] === '-' ? [...env.keys()] : options.all('unset')) env.delete(name);
      }
      if (redirectors.has(program)) reasons.push(`${program}: the connection goes to a proxy of its configuration`);
      const variable = variableOf([...env.keys(), ''].join('= '));
      if (variable !== undefined && cleaners.has(program) && !options.has('E') && !options.has('preserve-env'))
        reasons.push(`${program}: its configuration decides whether the command gets ${variable}`);
      if (program === 'xargs') {
        const mark = options.get('replace');
        if (mark === undefined || rest.slice(next + 1).some((word) => word.includes(mark)))
          throw new TargetError('xargs adds words that are not known here', 'write a command line that it runs', start);
        reads = 'nothing';
      }
      skip(next + 1);
      if (joiners.has(program) && !options.has('x') && !options.has('exec')) enterScript(rest.join(' '));
    } else {
      const begin = start + (isScript ? 0 : 1);
      return { program, args: rest.slice(1), start: begin, isScript, env, sender, input: reads, notModelled: reasons };
    }
  }
  throw new TargetError('command lines are wrapped too deep', 'write the command line by itself');
}

/**
 * bash opens connections by itself, with names of files that are none: `echo > /dev/tcp/HOST/PORT`; the same as nc has it.
 * @param command the one of the script that is asked about: a client's has it in quotes, or it is something else beside
 */
export function socketOf(script: string, command: () => string): string[] | undefined {
  const sockets = [...script.matchAll(/[<>&]\s*\/dev\/(tcp|udp)\/([A-Za-z0-9._:-]+)\/(\d{1,5})\b/g)];
  const [first, ...others] = sockets;
  if (!first || sendsRequest(command())) return undefined;
  const [, protocol, host = '', port = ''] = first;
  const other = others.find((socket) => socket.slice(1).join('/') !== first.slice(1).join('/'));
  if (other) throw new TargetError('the line opens two connections', 'write one target for each', other.index);
  return ['nc', ...(protocol === 'udp' ? ['-u'] : []), '-z', host, port];
}

function wordsOf(script: string, position: number): { words: readonly string[]; input?: Input | undefined } {
  return relocated(
    () => {
      const command = (): OneCommand => oneCommand(script, sendsRequest);
      const socket = socketOf(script, () => command().line);
      if (socket) return { words: socket };
      const { line, input } = command();
      return { words: splitShellWords(line), input };
    },
    () => position,
  );
}

/** The words of `env -S`, which has quotes like a shell's, and escapes and variables that are its own. */
function splitByEnv(text: string, position: number): string[] {
  if (/[\\$#]/.test(text))
    throw new TargetError(
      'escapes and variables of env -S are not read here',
      'write the command line by itself',
      position,
    );
  return relocated(
    () => splitShellWords(text),
    () => position,
  );
}

/** Is a command line one of a client that is known? */
export function sendsRequest(line: string): boolean {
  try {
    return readerOf(unwrap(splitShellWords(line)).program) !== undefined;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    // what cannot be read says so itself, where it is the only one
    return /^\s*(?:(?:\w+=\S*\s+)*|xargs\s(?:.*\s)?)curl\s/.test(line);
  }
}

const containerExec: OptionSyntax = { values: 'e,env env-file u,user w,workdir detach-keys' };

const kubectl: OptionSyntax = {
  values: `n,namespace c,container f,filename s,server context cluster kubeconfig user token as as-group as-uid
    request-timeout pod-running-timeout cache-dir certificate-authority client-certificate client-key tls-server-name
    v vmodule profile profile-output log-file image overrides restart labels l=labels env port serviceaccount image-pull-policy
    limits requests target copy-to`,
};

/** Words that a shell would have replaced by the name of a pod; see `hideSubstitutions`. */
const HIDDEN = '\u0001';

/** Reads `kubectl exec` and `kubectl run` up to the command that runs in the pod. */
function readKubectl(words: readonly string[], start: number): { used: number; sender: Sender; options: ReadOptions } {
  const dashes = words.includes('--') ? words.indexOf('--') : undefined;
  const options = readOptions(words.slice(1, dashes), kubectl);
  const [verb, workload] = options.operands;
  // a copy runs under the account of its pod
  const isExec = verb === 'exec' || verb === 'rsh' || verb === 'debug';
  if (!isExec && verb !== 'run') {
    throw new TargetError(
      'of kubectl only exec, debug and run start a client',
      'write kubectl exec POD -n NAMESPACE -- COMMAND',
      start,
    );
  }
  const file = options.get('filename');
  if (workload === undefined && file === undefined) {
    throw new TargetError('kubectl exec names no pod', 'write kubectl exec POD -n NAMESPACE -- COMMAND', start);
  }
  // without -- the command begins behind the pod, as older versions of kubectl had it
  const command = dashes ?? options.positions[2];
  const used = command === undefined ? words.length : command + 1;
  const container = options.get('container');
  const known = workload === undefined || workload.includes(HIDDEN) ? undefined : workload;
  const shown = (option: string): string | undefined => {
    const value = options.get(option);
    return value?.includes(HIDDEN) ? undefined : value;
  };
  const place = Object.fromEntries(
    ['namespace', 'context', 'kubeconfig'].flatMap((option) => {
      const value = shown(option);
      return value === undefined ? [] : [[option, value]];
    }),
  );
  if (verb === 'run') {
    const [, overridden] = options.get('overrides')?.match(/"serviceAccount(?:Name)?"\s*:\s*"([^"]+)"/) ?? [];
    const serviceAccount = overridden ?? options.get('serviceaccount') ?? 'default';
    return { used, sender: { ...place, serviceAccount }, options };
  }
  return {
    used,
    options,
    sender: {
      ...place,
      ...(known !== undefined && { workload: known }),
      // of debug it names the container that is added
      ...(container !== undefined && verb !== 'debug' && { container }),
    },
  };
}

/**
 * Substitutions in front of the `--` of kubectl, which give a pod's name, by as many characters that no name has: no shell runs
 * here, and the pod may be named with --from or --pod.
 */
export function hideSubstitutions(line: string): string {
  const [before, ...behind] = line.split(/(?=\s--\s)/);
  if (behind.length === 0 || !/^\s*(?:\$\s+)?(?:\S*\/)?(?:kubectl|oc|k)\s/.test(line)) return line;
  const hide = (text: string): string => HIDDEN.repeat(text.length);
  const hidden = before!
    .replace(/"?\$\((?:[^()]|\([^()]*\))*\)"?/g, hide)
    .replace(/"?`[^`]*`"?/g, hide)
    .replace(/"?\$\{?[A-Za-z_]\w*\}?"?/g, hide);
  return hidden + behind.join('');
}
