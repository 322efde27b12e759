import { askChoice, askConfirm, askText } from '../cli/prompt.js';
import { writeErr } from '../cli/streams.js';
import { missingAnswers, type PolicyAnswers } from '../egress/create/build.js';
import type { Person } from '../egress/create/index.js';
import { OsmTsError } from '../errors.js';
import { toYaml } from '../output/document.js';
import { parseHost } from './words/hosts.js';
import { parseObjectName, items, parseAccount } from './words/names.js';
import { parsePort, withProtocol } from './words/ports.js';

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

/** Asks on the terminal, which there is. */
const terminal: Asker = {
  text: (question) => askText(question, { noInput: false }),
  choice: (question) => askChoice(question, { noInput: false }),
  confirm: (question) => askConfirm(question, { noInput: false }),
};

/** The person at the terminal, who completes a policy and agrees to it. */
export function terminalPerson(ask: Asker = terminal): Person {
  return {
    complete: (given, accounts) => completeAnswers(given, ask, accounts),
    approve: async (policy, question) => {
      writeErr(`\n${await toYaml(policy)}\n`);
      return ask.confirm({ message: question, flag: '--no-input', default: true });
    },
  };
}

/** More accounts than this are typed faster than chosen. */
const MAX_CHOICES = 50;
const OTHER = '';

const readName = parseObjectName;
const readSources = items(parseAccount);
const readPorts = items((word) => parsePort(withProtocol(word)));
const readHosts = items(parseHost);

/**
 * Asks for the answers that are missing, in the order in which one thinks: name, source, ports, hosts.
 * @param accounts ServiceAccounts to choose from, as `namespace/name`; empty when they are not known
 */
export async function completeAnswers(
  given: PolicyAnswers,
  ask: Asker,
  accounts: () => Promise<readonly string[]>,
): Promise<PolicyAnswers> {
  const missing = new Set(missingAnswers(given));
  const answers: { -readonly [Name in keyof PolicyAnswers]: PolicyAnswers[Name] } = { ...given };
  if (missing.has('name')) {
    answers.name = await ask.text({ message: 'Name of the policy:', flag: 'NAME', validate: checked(readName) });
  }
  if (missing.has('sources')) answers.sources = readSources(await askSource(ask, await accounts()));
  if (missing.has('ports')) {
    const answer = await ask.text({
      message: 'Ports, such as 80/http, 443/https, 5432/tcp (80 and 443 need no protocol):',
      flag: '--port',
      validate: checked(readPorts),
    });
    answers.ports = readPorts(answer);
  }
  if (missing.has('ports') ? !given.hosts?.length : missing.has('hosts')) answers.hosts = await askHosts(answers, ask);
  return answers;
}

async function askSource(ask: Asker, accounts: readonly string[]): Promise<string> {
  const message = 'Who may send the requests?';
  if (accounts.length > 0 && accounts.length <= MAX_CHOICES) {
    const choices = [...accounts.map((name) => ({ name, value: name })), { name: 'another…', value: OTHER }];
    const chosen = await ask.choice({ message, flag: '--from', choices });
    if (chosen !== OTHER) return chosen;
  }
  return ask.text({
    message: `${message} [NAMESPACE/]SERVICEACCOUNT:`,
    flag: '--from',
    validate: checked(readSources),
  });
}

async function askHosts({ ports = [] }: PolicyAnswers, ask: Asker): Promise<string[]> {
  const needed = ports.some(({ protocol }) => protocol === 'http');
  if (!needed && !ports.some(({ protocol }) => protocol === 'https')) return [];
  const answer = await ask.text({
    message: needed ? 'Hosts, separated by commas:' : 'Hosts, separated by commas (none: every host):',
    flag: '--host',
    validate: (text) => (!needed && text.trim() === '' ? true : checked(readHosts)(text)),
  });
  return answer.trim() === '' ? [] : readHosts(answer);
}

/** Makes what a reader throws the answer of a prompt's check. */
function checked(read: (answer: string) => unknown): (answer: string) => true | string {
  return (answer) => {
    try {
      if (answer.trim() === '') return 'an answer is needed';
      read(answer.trim());
      return true;
    } catch (error) {
      if (!(error instanceof OsmTsError)) throw error;
      return error.hint ? `${error.message}: ${error.hint}` : error.message;
    }
  };
}
