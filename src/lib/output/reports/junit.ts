/** JUnit's XML, as CI servers read it. */

export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  /** Absent: it passed. */
  readonly outcome?:
    | { readonly kind: 'failure' | 'error'; readonly type: string; readonly message: string; readonly body: string }
    | { readonly kind: 'skipped'; readonly body: string };
}

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

export function junitText(name: string, suites: readonly JunitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xmlText(name)}" ${countsOf(all)} time="0">`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${xmlText(suite.name)}" ${countsOf(suite.cases)} skipped="${count(suite.cases, 'skipped')}" time="0">`,
      ...suite.cases.flatMap(caseLines),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function count(cases: readonly JunitCase[], kind: NonNullable<JunitCase['outcome']>['kind']): number {
  return cases.filter(({ outcome }) => outcome?.kind === kind).length;
}

function countsOf(cases: readonly JunitCase[]): string {
  return `tests="${cases.length}" failures="${count(cases, 'failure')}" errors="${count(cases, 'error')}"`;
}

function caseLines({ classname, name, outcome }: JunitCase): string[] {
  const head = `    <testcase classname="${xmlText(classname)}" name="${xmlText(name)}" time="0"`;
  if (!outcome) return [`${head}/>`];
  const attributes =
    outcome.kind === 'skipped' ? '' : ` message="${xmlText(outcome.message)}" type="${xmlText(outcome.type)}"`;
  const body = `      <${outcome.kind}${attributes}>${xmlText(outcome.body)}</${outcome.kind}>`;
  return [`${head}>`, body, '    </testcase>'];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** XML 1.0 has no way to write control characters and lone surrogates: they become U+FFFD. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\n]/g, (character) => ENTITIES[character]!);
}
