import { writeFile } from 'node:fs/promises';
import { InputError } from '../../errors.js';
import { readTextFile } from '../../input/text-file.js';
import { isPlain } from '../../text/plain-data.js';
import { findingText } from '../../wording/findings.js';
import { objectName } from '../../wording/verdict.js';
import { primaryField } from '../../analysis/lint/place.js';
import type { Reported } from './reported.js';

/** Writes the findings as `kind: LintBaseline`, described by schemas/lint-baseline.json: sorted, one a line, so that it can be reviewed. @throws InputError */
export async function writeBaseline(file: string, findings: readonly Reported[]): Promise<void> {
  const lines = findings.map(({ code, fingerprint, finding }) => {
    const field = primaryField(finding);
    const object = field ? objectName(field) : null;
    return JSON.stringify({ fingerprint, code, object, message: findingText(finding) });
  });
  const head = '{\n  "apiVersion": "osm-ts/v1",\n  "kind": "LintBaseline",\n  "findings": [';
  const list =
    lines.length === 0
      ? ''
      : `\n${[...lines]
          .sort()
          .map((line) => `    ${line}`)
          .join(',\n')}\n  `;
  try {
    await writeFile(file, `${head}${list}]\n}\n`);
  } catch (error) {
    throw new InputError('the baseline cannot be written', { file }, 'check path and permissions', { cause: error });
  }
}

/**
 * The fingerprints of a baseline.
 * @throws InputError for a file that cannot be read or is none
 */
export async function readBaseline(file: string): Promise<ReadonlySet<string>> {
  return new Set(fingerprintsIn(await readText(file), file));
}

async function readText(file: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`the baseline ${error.message}`, { file }, 'write one with --write-baseline', {
      cause: error,
    });
  }
}

function fingerprintsIn(text: string, file: string): string[] {
  const hint = 'write it again with --write-baseline';
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new InputError('the baseline is not JSON', { file }, hint, { cause: error });
  }
  const { apiVersion, kind, findings } = isPlain(document) ? document : {};
  if (apiVersion !== 'osm-ts/v1' || kind !== 'LintBaseline' || !Array.isArray(findings))
    throw new InputError('this is no baseline of osm-ts', { file }, hint);
  return findings.map((item: unknown) => {
    const fingerprint = isPlain(item) ? item['fingerprint'] : undefined;
    if (typeof fingerprint !== 'string') throw new InputError('a finding has no fingerprint', { file }, hint);
    return fingerprint;
  });
}
