import { writeOut } from '../cli/streams.js';
import type { Installation } from '../input/environment.js';
import { printDocument, toYaml } from './document.js';

/** Prints what `env` tells: without a format exactly what osm-cli §4 shows, the blank behind the dashes included. */
export async function printInstallation(
  install: Installation,
  file: string | null,
  format: 'json' | 'yaml' | undefined,
): Promise<void> {
  if (format) return printDocument({ apiVersion: 'osm-ts/v1', kind: 'Environment', file, install }, format);
  const fields = await Promise.all(
    Object.entries<string>({ ...install }).map(
      async ([name, value]) => `  ${name}: ${(await scalar(value)).replaceAll('\n', '\n  ')}\n`,
    ),
  );
  return writeOut(`--- \ninstall:\n${fields.join('')}\n`);
}

/** As the mirrored program's YAML has it: in double quotes what would be no text without, in single quotes what would not be read. */
async function scalar(text: string): Promise<string> {
  const usual = (await toYaml(text)).trimEnd();
  const isMisread = /: |:$| #|^[-?:,[\]{}#&*!|>'"%@`]|^ | $/.test(text);
  return usual.startsWith('"') && isMisread && /^[ -~]*$/.test(text) ? `'${text.replaceAll("'", "''")}'` : usual;
}
