import assert from 'node:assert/strict';
import { oneCommand, writtenPart } from '../../../src/lib/simulator/request/command-list.js';
import { parseTarget, TargetError } from '../../../src/lib/simulator/request/index.js';

const URL = 'http://a.example/';

describe('a line of a shell', () => {
  /** The line, the command that is asked about, and what is left out. */
  const cases: readonly (readonly [line: string, command: string, leftOut?: string])[] = [
    [`curl -s ${URL} | head`, `curl -s ${URL}`, 'head'],
    [`curl -s ${URL}|jq .a|head -1`, `curl -s ${URL}`, 'jq .a; head -1'],
    [`curl -s ${URL} > /dev/null 2>&1`, `curl -s ${URL}`],
    [`curl >/dev/null -s ${URL} 2>>'a log'`, `curl -s ${URL}`],
    [`curl &>/dev/null ${URL}`, `curl ${URL}`],
    [`curl ${URL} <<< hi`, `curl ${URL}`],
    [`curl ${URL} && echo ok`, `curl ${URL}`, 'echo ok'],
    [`curl ${URL} || true`, `curl ${URL}`, 'true'],
    [`curl ${URL}; echo "exit: $?"`, `curl ${URL}`, 'echo "exit: $?"'],
    [`curl ${URL} &`, `curl ${URL}`],
    [`curl -H "X: it's" ${URL} | head -1`, `curl -H "X: it's" ${URL}`, 'head -1'],
    [`cd /tmp && curl ${URL}`, `curl ${URL}`, 'cd /tmp'],
    [`cat 'a|b' | curl -d @- ${URL}`, `curl -d @- ${URL}`, "cat 'a|b'"],
    [`curl '${URL}?a=1&b=2' | cat`, `curl '${URL}?a=1&b=2'`, 'cat'],
    [`curl "${URL}?a=1;b=2>3"`, `curl "${URL}?a=1;b=2>3"`],
    [
      `curl -w '%{http_code}\\n' ${URL} | tee $(date +%s).log`,
      `curl -w '%{http_code}\\n' ${URL}`,
      'tee $(date +%s).log',
    ],
    [`for i in 1 2 3; do curl ${URL}; sleep 1; done`, `curl ${URL}`, 'for i in 1 2 3; sleep 1'],
    [`while ! curl -fs ${URL}; do sleep 1; done`, `curl -fs ${URL}`, 'do sleep 1'],
    [`if curl -fs ${URL} >/dev/null; then echo up; fi`, `curl -fs ${URL}`, 'then echo up'],
    [`(curl ${URL})`, `curl ${URL}`],
    [`{ curl ${URL}; }`, `curl ${URL}`],
    [`! curl ${URL}`, `curl ${URL}`],
    [`$ curl ${URL} | head # five lines`, `curl ${URL}`, 'head # five lines'],
    [
      `kubectl get pods; kubectl exec p -n a -- curl ${URL} | head`,
      `kubectl exec p -n a -- curl ${URL}`,
      'kubectl get pods; head',
    ],
    [
      `kubectl exec $(kubectl get po -o name | head -1) -- curl ${URL}`,
      `kubectl exec $(kubectl get po -o name | head -1) -- curl ${URL}`,
    ],
    [`psql -h a.example 2>&1 | tail -1`, 'psql -h a.example', 'tail -1'],
    [`kubectl exec $((a; echo p) | head -1) -- curl ${URL}`, `kubectl exec $((a; echo p) | head -1) -- curl ${URL}`],
    // what is never closed goes on to the end
    [`curl ${URL} >$(date`, `curl ${URL}`],
    [`curl ${URL} >${'$('.repeat(25)}`, `curl ${URL}`],
  ];
  for (const [line, command, leftOut] of cases) {
    it(line, () => {
      const target = parseTarget(line);
      assert.equal(target.command, command);
      assert.equal(target.host, 'a.example');
      const remark =
        leftOut === undefined ? undefined : [`only this command of the line is looked at; left out: ${leftOut}`];
      assert.deepEqual(target.remarks, remark);
    });
  }

  it('may have many commands, whatever is between them', () => {
    for (const operator of ['||', '&&', '|&', ';;']) {
      const before = `true ${operator} `.repeat(40);
      assert.equal(parseTarget(`${before}curl ${URL}`).command, `curl ${URL}`, operator);
    }
  });

  it('may be junk of any depth', () => {
    for (const junk of ['$(', '"$(', '${', '(', '{ ', '! ', '| ', ';', '>a', '`', '"`']) {
      assert.throws(() => parseTarget(`curl ${junk.repeat(50_000)} | x`), TargetError, junk);
    }
  });

  it('may be a script that a shell runs elsewhere', () => {
    for (const script of [`curl -s ${URL} | head; echo $?`, `sleep 1 && curl ${URL} > /tmp/x && cat /tmp/x`]) {
      const line = `kubectl exec p -- sh -c '${script}'`;
      const { host, port, command } = parseTarget(line);
      assert.deepEqual([host, port, command], ['a.example', 80, line]);
    }
  });

  it('may open a connection by a name that bash knows', () => {
    for (const line of [
      "timeout 5 bash -c '</dev/tcp/a.example/5432'",
      "kubectl exec p -- bash -c 'cat < /dev/null > /dev/tcp/a.example/5432'",
      '(echo > /dev/tcp/a.example/5432) >/dev/null 2>&1 && echo up || echo down',
      'exec 3<>/dev/tcp/a.example/5432',
      'cat </dev/tcp/a.example/5432; cat < /dev/tcp/a.example/5432',
    ]) {
      const { scheme, host, port } = parseTarget(line);
      assert.deepEqual([scheme, host, port], ['tcp', 'a.example', 5432], line);
    }
    assert.equal(parseTarget('echo x > /dev/udp/a.example/53').scheme, 'udp');
    for (const line of [
      `echo > /dev/tcp/b/1; curl ${URL}`,
      `sh -c 'echo > /dev/tcp/b/1; curl ${URL}'`,
      `curl -d '</dev/tcp/b/1' ${URL}`,
    ])
      assert.equal(parseTarget(line).host, 'a.example', line);
  });

  it('is refused where it is not certain what is sent, at the place', () => {
    const refused: readonly (readonly [line: string, message: RegExp, position: number])[] = [
      [`curl ${URL}?a=1&b=2`, /unquoted & ends/, 26],
      [`curl ${URL} && curl ${URL}`, /two commands/, 26],
      [`curl ${URL} | tee >(cat)`, /^$/, -1],
      [`curl $HOST/ | head`, /\$HOST is a shell variable/, 5],
      [`curl $(cat url) | head`, /command substitution/, 5],
      [`curl ${URL} <<EOF`, /unquoted < ends/, 23],
      [`  curl ${URL} ; wget ${URL}`, /two commands/, 27],
      [`ping a.example | head`, /^ping opens no connection$/, 0],
      ['$ echo >/dev/tcp/a/1; echo >/dev/tcp/b/1', /two connections/, 27],
      ["timeout 3 sh -c 'cat </dev/tcp/a/1 </dev/udp/a/1'", /two connections/, 35],
    ];
    for (const [line, message, position] of refused) {
      let said = ['', -1] as [string, number];
      try {
        parseTarget(line);
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        said = [error.message, error.position ?? -1];
      }
      assert.match(said[0], message, line);
      assert.equal(said[1], position, line);
    }
  });
});

describe('the commands of a line', () => {
  const isCurl = (line: string): boolean => /^\s*curl\s/.test(line);
  /** The one that is asked about, as it is written, and what else a shell would run. */
  const parts = (line: string): string => {
    const found = oneCommand(line, isCurl);
    return [writtenPart(line, found.line), ...found.others].join(' ; ');
  };
  const cases: readonly (readonly [line: string, parts: string])[] = [
    ['curl a', 'curl a'],
    ['x; y', 'x ; y'],
    [' ; ', ''],
    ['curl a ||b', 'curl a ; b'],
    ['curl a |&b', 'curl a ; b'],
    ['curl a ;b', 'curl a ; b'],
    ['curl a ;;b', 'curl a ; b'],
    // an & alone only where it is certain
    ['curl a & b', 'curl a ; b'],
    ['curl a& ', 'curl a'],
    ['curl a& b', 'curl a& b'],
    ['curl a &b', 'curl a &b'],
    ['& ', ''],
    // what quotes hide is no operator
    ["'a|b' | curl c", "curl c ; 'a|b'"],
    ["curl ''|x", "curl '' ; x"],
    ['curl ``|x', 'curl `` ; x'],
    ['curl `a|b\\`|c`|x', 'curl `a|b\\`|c` ; x'],
    ['curl a\\|| c', 'curl a\\| ; c'],
    ['curl a|b\\', 'curl a ; b\\'],
    ['curl ""|x', 'curl "" ; x'],
    ['curl "\\"|"|x', 'curl "\\"|" ; x'],
    [`curl "'"|x`, `curl "'" ; x`],
    ["curl $'a|b'|x", "curl $'a|b' ; x"],
    ["curl $''|x", "curl $'' ; x"],
    ["curl $'a\\'|b'|x", "curl $'a\\'|b' ; x"],
    ['curl a|"b', 'curl a ; "b'],
    ["curl a|'b", "curl a ; 'b"],
    ['curl $(a|(b|c) d)|x', 'curl $(a|(b|c) d) ; x'],
    ['curl $(a (b) | c)|x', 'curl $(a (b) | c) ; x'],
    ['curl $(a")"|b)|x', 'curl $(a")"|b) ; x'],
    ['curl ${a|b}|x', 'curl ${a|b} ; x'],
    ['curl $a{b|c}', 'curl $a{b ; c}'],
    ['curl a(b|c)', 'curl a(b ; c)'],
    ['curl "$(a|b"|x', 'curl "$(a|b"|x'],
    // comments
    ['curl a # b | c', 'curl a # b | c'],
    ['curl a#b|c', 'curl a#b ; c'],
    ['#curl a | b', '#curl a | b'],
    // redirections
    ['2>f curl a', 'curl a'],
    ['curl a2>f', 'curl a2'],
    ['curl a>f b', 'curl a b'],
    ['curl a>&2', 'curl a'],
    ['curl a >\tf', 'curl a'],
    ['curl a >', 'curl a >'],
    ['curl a >(b)', 'curl a >(b)'],
    ['curl a <<EOF', 'curl a <<EOF'],
    ['curl a\\&2>f b', 'curl a\\&2 b'],
    ['curl a &<f b', 'curl a & b'],
    // only a blank and a tab are between words
    ['curl a\u00a02>f', 'curl a\u00a02'],
    ['curl a >f\u00a0b\rc', 'curl a'],
    // variables for the commands behind
    ['export HTTPS_PROXY=p; curl a', 'HTTPS_PROXY=p curl a'],
    ['x; export A=b http_proxy=p; curl a', 'A=b http_proxy=p curl a ; x'],
    ['export A=b; curl a', 'curl a ; export A=b'],
    ['export http_proxy; curl a', 'curl a ; export http_proxy'],
    ['export http_proxy=p b; curl a', 'curl a ; export http_proxy=p b'],
    ['myexport http_proxy=p; curl a', 'curl a ; myexport http_proxy=p'],
    ['(export http_proxy=p); curl a', 'curl a ; (export http_proxy=p)'],
    ['x && export http_proxy=p || curl a', 'http_proxy=p curl a ; x'],
    ['x || export http_proxy=p && curl a', 'http_proxy=p curl a ; x'],
    // what runs in a process of its own sets none
    ['x | export http_proxy=p; curl a', 'curl a ; x ; export http_proxy=p'],
    ['export http_proxy=p | x; curl a', 'curl a ; export http_proxy=p ; x'],
    ['| export http_proxy=p; curl a', 'curl a ; export http_proxy=p'],
    ['curl a; export http_proxy=p; x', 'curl a ; export http_proxy=p ; x'],
    ['export http_proxy=p | curl a', 'curl a ; export http_proxy=p'],
    ['export http_proxy=p & curl a', 'curl a ; export http_proxy=p'],
    ['curl  a >f  <g b', 'curl  a b'],
    // keywords
    ['! curl a)', 'curl a)'],
    ['curl a)', 'curl a)'],
    ['(curl $(x))', 'curl $(x)'],
    ['(curl $(x) y)', 'curl $(x) y'],
    ['done', 'done'],
    ['do (curl a)', 'curl a'],
  ];
  it('are told apart as a shell does', () => {
    for (const [line, expected] of cases) assert.equal(parts(line), expected, line);
  });

  it('are looked for within limits', () => {
    const keywords = (count: number) => parts(`${'! '.repeat(count)}curl a`);
    assert.deepEqual([keywords(8), keywords(9)], ['curl a', '! curl a']);
    const nested = (depth: number) => parts(`curl ${'$('.repeat(depth)}${')'.repeat(depth)}|x`).slice(-3);
    assert.deepEqual([nested(21), nested(22)], ['; x', ')|x']);
    const quoted = (depth: number) => parts(`curl ${'"$('.repeat(depth)}${')"'.repeat(depth)}|x`).slice(-3);
    assert.deepEqual([quoted(10), quoted(11)], ['; x', '"|x']);
    assert.equal(parts(`curl a${'; b'.repeat(49)}`).length, 6 + 4 * 49);
    assert.throws(() => parts(`curl a${'; b'.repeat(50)}`), {
      message: 'the line has more than 50 commands',
      position: 0,
    });
  });
});

describe('a line of a screen', () => {
  for (const prompt of [
    '$',
    '%',
    '>',
    '+',
    'user@host:~$',
    'root@api-0:/#',
    '/ #',
    '~ $',
    'bash-5.1$',
    '[me@host dir]$',
    'PS C:\\>',
    '-',
    '*',
    '1.',
  ]) {
    it(`has ${prompt} in front`, () => {
      const { command, host } = parseTarget(`${prompt} curl -s ${URL}`);
      assert.deepEqual([command, host], [`curl -s ${URL}`, 'a.example']);
      assert.equal(parseTarget(`${prompt} ${URL}`).host, 'a.example');
    });
  }

  it('may have a remark behind a URL', () => assert.equal(parseTarget(`${URL} # the start page`).host, 'a.example'));

  it('is refused, at the place, where a word processor has changed it, or its quotes are for cmd.exe', () => {
    const cmd = `curl ^\n  -H ^"A: b^" ^"${URL}^"`;
    const refused = [`curl -H “A: b” ${URL}`, `curl –s ${URL}`, `GET ${URL}`, cmd].map((line) => {
      try {
        return parseTarget(line).command;
      } catch (error) {
        return error instanceof TargetError ? `${error.position} ${error.hint}` : String(error);
      }
    });
    assert.deepEqual(refused, [
      `8 it comes from formatted text: write ' or ", and - or --`,
      `5 it comes from formatted text: write ' or ", and - or --`,
      `0 write curl -X GET ${URL}`,
      '12 copy the request as cURL for bash, or write " without ^',
    ]);
    assert.deepEqual(parseTarget(`curl -H 'A: – b' ${URL}`).http!.headers.at(-1), ['A', '– b']);
    assert.deepEqual(parseTarget(`curl -H 'A: ^"b' ${URL}`).http!.headers.at(-1), ['A', '^"b']);
  });
});
