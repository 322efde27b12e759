import { InputError } from '../errors.js';
import { isPlain, valueAt } from '../text/plain-data.js';
import { SyntaxProblem } from './errors.js';
import type { IstioMeshConfig } from './istio-types.js';
import { defaultLimits } from './limits.js';
import { SourceText } from './text/lines.js';
import type { KubernetesObject } from './types.js';
import { aliasBudget } from './yaml/aliases.js';
import { loadYaml } from './yaml/load.js';

/** The key of a ConfigMap that holds Istio's mesh configuration. */
export const MESH_KEY = 'mesh';

/**
 * Reads Istio's mesh configuration: itself, or a ConfigMap that holds it.
 * @param file the name of the text in errors
 * @throws InputError for a text that is no mesh configuration
 */
export function parseMeshConfig(text: string, file: string): IstioMeshConfig {
  const value = parse(text, file);
  if (!isPlain(value)) throw new InputError('this is no mesh configuration of Istio: it is no map of fields', { file });
  if (value['kind'] !== 'ConfigMap') return checked(value, file);
  const inner = valueAt(value, ['data', MESH_KEY]);
  if (typeof inner !== 'string') {
    throw new InputError(
      `the ConfigMap has no key ${MESH_KEY}`,
      { file },
      'name the ConfigMap istio of istio-system, or what its key mesh holds',
    );
  }
  const config = parse(inner, file);
  return checked(isPlain(config) ? config : {}, file);
}

/** The mesh configuration of a ConfigMap; undefined when it has none. @throws InputError */
export function meshConfigOf(map: KubernetesObject): IstioMeshConfig | undefined {
  const text = valueAt(map, ['data', MESH_KEY]);
  const { namespace = 'default', name } = map.metadata;
  return typeof text === 'string'
    ? parseMeshConfig(text === '' ? '{}' : text, `ConfigMap ${namespace}/${name}`)
    : undefined;
}

function parse(text: string, file: string): unknown {
  const { maxDepth, maxAliasNodes, maxFileBytes } = defaultLimits;
  if (text.length > maxFileBytes)
    throw new InputError('the mesh configuration is too large', { file }, 'name another file');
  try {
    return loadYaml(text, { maxDepth, aliases: aliasBudget(maxAliasNodes) });
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    throw new InputError(error.message, new SourceText(file, text).locate(error.offset), error.hint);
  }
}

/** Fields that decide, and what they must be. */
const MODES: readonly (readonly [path: readonly string[], values: readonly string[]])[] = [
  [
    ['outboundTrafficPolicy', 'mode'],
    ['REGISTRY_ONLY', 'ALLOW_ANY'],
  ],
  [
    ['pathNormalization', 'normalization'],
    ['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'],
  ],
];
const TEXTS = ['protocolDetectionTimeout', 'rootNamespace', 'trustDomain'];
const LISTS = ['defaultServiceExportTo', 'defaultVirtualServiceExportTo', 'defaultDestinationRuleExportTo'];

/** An empty outboundTrafficPolicy says REGISTRY_ONLY: it is the first of its modes. */
function checked(config: Record<string, unknown>, file: string): IstioMeshConfig {
  const fail = (path: readonly string[], what: string): never => {
    throw new InputError(`${path.join('.')} of the mesh configuration must be ${what}`, { file });
  };
  for (const [path, values] of MODES) {
    const value = valueAt(config, path);
    if (value !== undefined && !values.includes(value as string)) fail(path, values.join(' or '));
  }
  for (const field of TEXTS) {
    const value = config[field];
    if (value !== undefined && typeof value !== 'string') fail([field], 'a string');
  }
  for (const field of LISTS) {
    const value = config[field];
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
    if (value !== undefined && !isList) fail([field], 'a list of strings');
  }
  const policy = config['outboundTrafficPolicy'];
  if (isPlain(policy) && policy['mode'] === undefined) {
    return { ...config, outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } };
  }
  return config;
}
