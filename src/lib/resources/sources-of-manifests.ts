import { basename, dirname } from 'node:path';
import { isPlain } from '../text/plain-data.js';
import { quoteShellWord } from '../text/shell.js';

/**
 * A file that is no manifest, but from which a program makes manifests of others beside it: what stands in those is not what
 * gets applied.
 * @param value what a document of it holds: the operations of a JSON patch show by themselves
 * @returns what to do; undefined for other files
 */
export function renderHint(file: string, value?: unknown): string | undefined {
  const folder = quoteShellWord(dirname(file));
  const name = basename(file);
  const isPatch =
    Array.isArray(value) && value.length > 0 && value.every((one) => isPlain(one) && 'op' in one && 'path' in one);
  if (isPatch || /^kustomization\.ya?ml$|^Kustomization$/.test(name)) {
    return `what is made of other files with it is not read: kubectl kustomize ${folder} | osm-ts … -f -`;
  }
  if (/^Chart\.ya?ml$|^values[\w.-]*\.ya?ml$/.test(name)) {
    return `what its chart makes is not read: helm template ${folder} | osm-ts … -f -`;
  }
  return undefined;
}
