import { shortened } from './shorten.js';

/**
 * A path into an object as people write it: `spec.ports[0].number`. Keys that are not plain words stand in brackets,
 * `metadata.labels["a.b/c"]`, and are cut short where no key of Kubernetes is as long.
 * @param root what the path starts from, when that has a name: `spec`
 */
export function pathText(path: readonly (string | number)[], root = ''): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^(?:[A-Za-z0-9_$][\w$-]*)?$/.test(step)) return `${text}[${JSON.stringify(shortened(step, 253))}]`;
    return text === '' ? step : `${text}.${step}`;
  }, root);
}
