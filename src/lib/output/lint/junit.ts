import { rules } from '../../analysis/lint/rules/index.js';
import { reaches, type LintResult, type Reported } from '../../egress/lint/index.js';
import type { Level } from '../../analysis/lint/rule.js';
import { placeText } from '../../errors.js';
import { messageOf, otherPlaces } from './lines.js';

/** JUnit's XML: a test case for each finding, and one for each rule that finds nothing; those that reach `failOn` fail, others are skipped. */
export function junitReport(result: LintResult, failOn: Level): string {
  const { findings } = result;
  const found = new Set(findings.map(({ finding }) => finding.rule));
  const passed = [...rules].filter(({ name }) => !found.has(name)).sort((a, b) => (a.code < b.code ? -1 : 1));
  const failures = findings.filter(({ finding }) => reaches(finding.level, failOn)).length;
  const counts = `tests="${findings.length + passed.length}" failures="${failures}" errors="0" skipped="${findings.length - failures}" time="0"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="osm-ts egress lint" tests="${findings.length + passed.length}" failures="${failures}" errors="0" time="0">`,
    `  <testsuite name="egress lint" ${counts}>`,
    ...findings.flatMap((one) => findingLines(one, result, failOn)),
    ...passed.map(({ code, name }) => `    <testcase classname="${code}" name="${name}" time="0"/>`),
    '  </testsuite>',
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines(one: Reported, result: LintResult, failOn: Level): string[] {
  const { finding, code, place } = one;
  const message = messageOf(one);
  const name = xmlText(`${finding.rule}${place ? ` ${placeText(place)}` : ''}`);
  const head = `    <testcase classname="${code}" name="${name}" time="0">`;
  if (!reaches(finding.level, failOn)) {
    return [head, `      <skipped>${xmlText(`${finding.level}: ${message}`)}</skipped>`, '    </testcase>'];
  }
  const body = [message, ...otherPlaces(one, result)].join('\n');
  return [
    head,
    `      <failure message="${xmlText(message)}" type="${finding.level}">${xmlText(body)}</failure>`,
    '    </testcase>',
  ];
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
