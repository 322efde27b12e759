import assert from 'node:assert/strict';
import { completeAnswers, type Asker } from '../../src/lib/command/ask-policy.js';
import { buildPolicy } from '../../src/lib/egress/create/build.js';

interface Asked {
  readonly flag: string;
  readonly message: string;
  readonly refused: string[];
}

/** Somebody who answers in turn; an answer that is refused is followed by the next. */
function person(...answers: string[]): { ask: Asker; asked: Asked[] } {
  const asked: Asked[] = [];
  const next = (): string => {
    const answer = answers.shift();
    assert.ok(answer !== undefined, 'one question too many');
    return answer;
  };
  return {
    asked,
    ask: {
      text({ flag, message, validate }) {
        const refused: string[] = [];
        asked.push({ flag, message, refused });
        for (;;) {
          const answer = next();
          const verdict = validate(answer);
          if (verdict === true) return Promise.resolve(answer);
          refused.push(verdict);
        }
      },
      choice({ flag, message, choices }) {
        asked.push({ flag, message, refused: [] });
        const answer = next();
        const choice = choices.find(({ name }) => name === answer);
        assert.ok(choice, `${answer} is not offered`);
        return Promise.resolve(choice.value);
      },
      confirm: () => Promise.resolve(true),
    },
  };
}

const nobody = () => Promise.resolve([]);

describe('asking for what is missing', () => {
  it('asks for everything, in the order in which one thinks', async () => {
    const { ask, asked } = person('web', 'curl/curl', '80, 443', 'httpbin.org, example.com');
    const answers = await completeAnswers({}, ask, nobody);
    assert.deepEqual(
      asked.map(({ flag }) => flag),
      ['NAME', '--from', '--port', '--host'],
    );
    assert.deepEqual(buildPolicy(answers, 'curl').spec, {
      sources: [{ kind: 'ServiceAccount', name: 'curl', namespace: 'curl' }],
      hosts: ['httpbin.org', 'example.com'],
      ports: [
        { number: 80, protocol: 'http' },
        { number: 443, protocol: 'https' },
      ],
    });
  });

  it('asks for nothing that is given', async () => {
    const { ask, asked } = person('80');
    const given = { name: 'web', sources: [{ name: 'curl' }], hosts: ['httpbin.org'] };
    const answers = await completeAnswers(given, ask, nobody);
    assert.equal(asked.length, 1);
    assert.deepEqual(answers, { ...given, ports: [{ number: 80, protocol: 'http' }] });
  });

  it('guesses tcp for other ports, and asks for no hosts then', async () => {
    const { ask, asked } = person('5432');
    const answers = await completeAnswers({ name: 'db', sources: [{ name: 'x' }] }, ask, nobody);
    assert.deepEqual([answers.ports, asked.length], [[{ number: 5432, protocol: 'tcp' }], 1]);
  });

  it('offers the ServiceAccounts, and another', async () => {
    const given = { name: 'x', ports: [{ number: 1, protocol: 'tcp' }] } as const;
    const accounts = () => Promise.resolve(['curl/curl', 'shop/api']);
    const chosen = await completeAnswers(given, person('shop/api').ask, accounts);
    assert.deepEqual(chosen.sources, [{ namespace: 'shop', name: 'api' }]);
    const typed = await completeAnswers(given, person('another…', 'mine').ask, accounts);
    assert.deepEqual(typed.sources, [{ namespace: undefined, name: 'mine' }]);
    const many = () => Promise.resolve(Array.from({ length: 51 }, (_, index) => `ns/sa${index}`));
    const { ask, asked } = person('ns/sa7');
    await completeAnswers(given, ask, many);
    assert.match(asked[0]!.message, /SERVICEACCOUNT/);
  });

  it('says what is wrong with an answer, and asks again', async () => {
    const { ask, asked } = person('', 'Web', 'web', 'a/b/c', 'curl', '', '80/htpp', '80', '', 'https://a.com', 'a.com');
    await completeAnswers({}, ask, nobody);
    assert.deepEqual(
      asked.map(({ refused }) => refused.map((text) => text.replace(/: [a-z].*/, ''))),
      [
        ['an answer is needed', '"Web" cannot be the name of an object'],
        ['"a/b/c" is not [namespace/]name'],
        ['an answer is needed', '"80/htpp" has the unknown protocol "htpp"'],
        ['an answer is needed', '"https://a.com" is a URL, and a host has no scheme'],
      ],
    );
  });

  it('https takes no host for every host', async () => {
    const { ask } = person('443', '');
    const answers = await completeAnswers({ name: 'x', sources: [{ name: 'y' }] }, ask, nobody);
    assert.deepEqual(answers.hosts, []);
  });
});
