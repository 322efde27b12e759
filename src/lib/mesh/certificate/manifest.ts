import { InputError, type SourceLocation } from '../../errors.js';
import { PositionCache, readDocuments } from '../../resources/document.js';
import { apiVersionOf, kinds } from '../../resources/kinds.js';
import { defaultLimits } from '../../resources/limits.js';
import { sourceTexts } from '../../resources/source-texts.js';
import type { FieldPath } from '../../resources/types.js';
import { aliasBudget } from '../../resources/yaml/aliases.js';
import { isPlain, valueAt } from '../../text/plain-data.js';
import type { RootCertificate } from './roles.js';

const { MeshRootCertificate } = kinds;

/**
 * The MeshRootCertificate of a file: one, for the control plane's namespace, not in use yet. What its issuer needs is left to the
 * API server to check.
 * @param file path, or `-` for standard input
 * @throws InputError with file and line
 */
export async function fromFile(file: string, namespace: string): Promise<RootCertificate> {
  const positions = new PositionCache(defaultLimits.maxDepth);
  const found: { value: Record<string, unknown>; at: (path: FieldPath) => SourceLocation }[] = [];
  const fail = (error: InputError): never => {
    throw error;
  };
  for await (const { source } of sourceTexts([file], { recursive: false, onError: fail })) {
    readDocuments(source, defaultLimits, aliasBudget(defaultLimits.maxAliasNodes), {
      onDocument: ({ document, value }) => {
        const at = (path: FieldPath): SourceLocation => positions.locate(document, path);
        if (!isPlain(value)) throw new InputError('this is no object', at([]), 'write a MeshRootCertificate');
        found.push({ value, at });
      },
      onProblem: ({ message, hint }, offset) => fail(new InputError(message, source.locate(offset), hint)),
      onRepeatedKey: (name, offset) =>
        fail(new InputError(`the key "${name}" is defined twice in one map`, source.locate(offset), 'keep one')),
      onOddity: () => undefined,
    });
  }
  const [first, second] = found;
  if (!first) throw new InputError('there is no object in it', { file }, 'write a MeshRootCertificate');
  if (second)
    throw new InputError('there is more than one object', second.at([]), 'one MeshRootCertificate takes over');
  return checked(first.value, first.at, namespace);
}

function checked(
  value: Record<string, unknown>,
  at: (path: FieldPath) => SourceLocation,
  namespace: string,
): RootCertificate {
  const wrong = (path: FieldPath, message: string, hint: string): never => {
    throw new InputError(message, at(path), hint);
  };
  const apiVersion = apiVersionOf(MeshRootCertificate);
  if (value['kind'] !== MeshRootCertificate.kind || value['apiVersion'] !== apiVersion)
    wrong(
      ['kind'],
      'this is no MeshRootCertificate',
      `begin it with apiVersion: ${apiVersion} and kind: MeshRootCertificate`,
    );
  const [name, place] = [valueAt(value, ['metadata', 'name']), valueAt(value, ['metadata', 'namespace'])];
  if (typeof name !== 'string' || name === '') wrong(['metadata'], 'it has no name', 'set metadata.name');
  if (place !== undefined && place !== namespace)
    wrong(
      ['metadata', 'namespace'],
      `it is for namespace ${JSON.stringify(place)}, and the control plane is in ${namespace}`,
      'leave the namespace out, or name the control plane with --osm-namespace',
    );
  const spec = value['spec'];
  if (!isPlain(spec)) return wrong(['spec'], 'it has no spec', 'set spec.provider');
  if (spec['role'] !== undefined && spec['role'] !== 'inactive')
    wrong(
      ['spec', 'role'],
      'a certificate that takes over is inactive at first',
      'set spec.role to inactive, or leave it out',
    );
  return {
    ...value,
    metadata: { ...(value['metadata'] as object), namespace },
    spec: { ...spec, role: 'inactive' },
  } as unknown as RootCertificate;
}
