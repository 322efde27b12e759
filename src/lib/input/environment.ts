import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { InputError } from '../errors.js';
import { isDnsLabel } from '../text/dns-names.js';
import { isPlain } from '../text/plain-data.js';
import { usualNames } from './mesh-names.js';

/** What the file of the mirrored program's users says about the installation (osm-cli §1.4). */
export interface Installation {
  /** `self-hosted`, or `managed` by a cloud. */
  readonly kind: string;
  /** Free text. */
  readonly distribution: string;
  /** Namespace of the control plane. */
  readonly namespace: string;
}

/** What YAML takes for nothing. */
const NULL = /^(?:~|null|Null|NULL)$/;

const usual: Installation = { kind: 'self-hosted', distribution: '', namespace: usualNames.osmNamespace };

/** The file that counts: `$OSM_CONFIG`, else `~/.osm/config.yaml`; undefined when it is not there. */
export function environmentFile(env: NodeJS.ProcessEnv): string | undefined {
  const home = env['HOME'] ?? env['USERPROFILE'];
  const file = env['OSM_CONFIG'] ?? (home ? join(home, '.osm', 'config.yaml') : '');
  return file !== '' && existsSync(file) ? file : undefined;
}

/**
 * The installation that the file describes. What it leaves out is as usual: the mirrored program takes an empty namespace then
 * (osm-cli §17, defect 31).
 * @throws InputError when the file cannot be read or does not make sense
 */
export async function readInstallation(env: NodeJS.ProcessEnv): Promise<Installation> {
  const file = environmentFile(env);
  if (file === undefined) return usual;
  const document = await readYaml(file);
  const install = isPlain(document) ? (document['install'] ?? {}) : (document ?? {});
  const fail = (message: string) =>
    new InputError(message, { file }, 'correct the file, or name another in OSM_CONFIG');
  if (!isPlain(install) || (document !== null && document !== undefined && !isPlain(document)))
    throw fail('the file must hold install, with kind, distribution and namespace');
  const field = (name: keyof Installation): string => {
    const value = install[name];
    if (isPlain(value) || Array.isArray(value)) throw fail(`install.${name} must be text`);
    return typeof value === 'string' && !NULL.test(value) ? value : usual[name];
  };
  const namespace = field('namespace') || usual.namespace;
  if (!isDnsLabel(namespace)) throw fail('install.namespace cannot be the name of a namespace');
  return { kind: field('kind') || usual.kind, distribution: field('distribution'), namespace };
}

/** The first document, as the mirrored program reads it: all that is no list or map is text. */
async function readYaml(file: string): Promise<unknown> {
  const [{ readBounded }, { loadYaml }, { splitDocuments }, { aliasBudget }, { SourceText }, { SyntaxProblem }] =
    await Promise.all([
      import('../cluster/read-bounded.js'),
      import('../resources/yaml/load.js'),
      import('../resources/yaml/split.js'),
      import('../resources/yaml/aliases.js'),
      import('../resources/text/lines.js'),
      import('../resources/errors.js'),
    ]);
  const text = (await readBounded(file)).toString('utf8');
  const [first] = splitDocuments(text);
  if (first === undefined) return undefined;
  const { start, end } = first;
  try {
    return loadYaml(text.slice(start, end), { maxDepth: 20, aliases: aliasBudget(1000), isTextOnly: true });
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    throw new InputError(error.message, new SourceText(file, text).locate(start + error.offset), error.hint);
  }
}
