import { OsmTsError } from '../../errors.js';
import { parseHost } from './hosts.js';
import { parsePort, withProtocol } from './ports.js';
import { missingAnswers, parseFrom, type PolicyAnswers } from './request.js';
import { checkObjectName, splitItems } from '../../wording/create.js';

interface Question {
  readonly message: string;
  /** The flag that answers it beforehand. */
  readonly flag: string;
}
interface TextQuestion extends Question {
  readonly validate: (answer: string) => true | string;
}
interface ChoiceQuestion extends Question {
  readonly choices: readonly { readonly name: string; readonly value: string }[];
}
interface YesNoQuestion extends Question {
  readonly default: boolean;
}

/** How to ask a person who is there. */
export interface Asker {
  text(question: TextQuestion): Promise<string>;
  choice(question: ChoiceQuestion): Promise<string>;
  confirm(question: YesNoQuestion): Promise<boolean>;
}

interface PromptOptions {
  readonly noInput: boolean;
}

/** The questions of `src/lib/cli/prompt.ts`, which ask on the terminal. */
export interface Prompts {
  canPrompt(options: PromptOptions): boolean;
  askText(question: TextQuestion, options: PromptOptions): Promise<string>;
  askChoice(question: ChoiceQuestion, options: PromptOptions): Promise<string>;
  askConfirm(question: YesNoQuestion, options: PromptOptions): Promise<boolean>;
}

/** Undefined when there is nobody to ask. */
export function askerOf(prompts: Prompts, options: PromptOptions): Asker | undefined {
  if (!prompts.canPrompt(options)) return undefined;
  return {
    text: (question) => prompts.askText(question, options),
    choice: (question) => prompts.askChoice(question, options),
    confirm: (question) => prompts.askConfirm(question, options),
  };
}

/** More accounts than this are typed faster than chosen. */
const MAX_CHOICES = 50;
const OTHER = '';

/**
 * Asks for the answers that are missing, in the order in which one thinks: name, source, ports, hosts.
 * @param accounts ServiceAccounts to choose from, as `namespace/name`; empty when they are not known
 */
export async function completeAnswers(
  given: PolicyAnswers,
  namespace: string,
  ask: Asker,
  accounts: () => Promise<readonly string[]>,
): Promise<PolicyAnswers> {
  const missing = new Set(missingAnswers(given));
  const answers = { ...given };
  if (missing.has('NAME')) {
    const validate = checked((name) => checkObjectName(name, 'NAME'));
    answers.name = await ask.text({ message: 'Name of the policy:', flag: 'NAME', validate });
  }
  if (missing.has('--from')) answers.from = [await askSource(namespace, ask, await accounts())];
  if (missing.has('--port')) {
    const answer = await ask.text({
      message: 'Ports, such as 80/http, 443/https, 5432/tcp (80 and 443 need no protocol):',
      flag: '--port',
      validate: checked((text) => splitItems([text], '--port').map(withProtocol).forEach(parsePort)),
    });
    answers.port = splitItems([answer], '--port').map(withProtocol);
  }
  if (missing.has('--port') ? !given.host?.length : missing.has('--host')) await askHosts(answers, ask);
  return answers;
}

async function askSource(namespace: string, ask: Asker, accounts: readonly string[]): Promise<string> {
  const message = 'Who may send the requests?';
  if (accounts.length > 0 && accounts.length <= MAX_CHOICES) {
    const choices = [...accounts.map((name) => ({ name, value: name })), { name: 'another…', value: OTHER }];
    const chosen = await ask.choice({ message, flag: '--from', choices });
    if (chosen !== OTHER) return chosen;
  }
  return ask.text({
    message: `${message} [NAMESPACE/]SERVICEACCOUNT:`,
    flag: '--from',
    validate: checked((text) => splitItems([text], '--from').forEach((item) => parseFrom(item, namespace))),
  });
}

async function askHosts(
  answers: { -readonly [Name in keyof PolicyAnswers]: PolicyAnswers[Name] },
  ask: Asker,
): Promise<void> {
  const ports = splitItems(answers.port ?? [], '--port').map(parsePort);
  const needed = ports.some(({ protocol }) => protocol === 'http');
  if (!needed && !ports.some(({ protocol }) => protocol === 'https')) return;
  const answer = await ask.text({
    message: needed ? 'Hosts, separated by commas:' : 'Hosts, separated by commas (none: every host):',
    flag: '--host',
    validate: (text) =>
      !needed && text.trim() === '' ? true : checked((given) => splitItems([given], '--host').forEach(parseHost))(text),
  });
  if (answer.trim() !== '') answers.host = [answer];
}

/** Makes what a parser throws the answer of a prompt's check. */
function checked(parse: (answer: string) => unknown): (answer: string) => true | string {
  return (answer) => {
    try {
      if (answer.trim() === '') return 'an answer is needed';
      parse(answer.trim());
      return true;
    } catch (error) {
      if (!(error instanceof OsmTsError)) throw error;
      return error.hint ? `${error.message}: ${error.hint}` : error.message;
    }
  };
}
