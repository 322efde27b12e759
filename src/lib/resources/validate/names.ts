import { isDnsLabel, isDnsSubdomain, isLabelValue, validName } from '../../text/dns-names.js';
import type { Fault, MapSchema, ObjectSchema, Report, Schema, StringSchema } from './schema.js';
import { isPlain } from '../../text/plain-data.js';
import { describeValue } from './schema.js';

/** The rules of names, labels and annotations (Kubernetes, "Object Names and IDs", "Labels", "Annotations"). */

function nameFault(name: string, dots: boolean): Fault | undefined {
  if (dots ? isDnsSubdomain(name) : isDnsLabel(name)) return undefined;
  const longest = dots ? 253 : 63;
  if (name.length > longest) return { message: `must have at most ${longest} characters, not ${name.length}` };
  const repaired = validName(name, dots);
  return {
    message: `must consist of lower-case letters, digits and "-"${dots ? ' (and "." between parts)' : ''}, and start and end with a letter or digit, not ${describeValue(name)}`,
    hint: repaired ? `for example: ${repaired}` : undefined,
  };
}

export const dnsLabel: StringSchema = { type: 'string', check: (name) => nameFault(name, false) };
export const dnsSubdomain: StringSchema = { type: 'string', check: (name) => nameFault(name, true) };

const string: Schema = { type: 'string' };
const any: Schema = { type: 'any' };
const strings: MapSchema = { type: 'map', values: string, nullValue: '' };

/** Fields of `metadata` and their types; the rules beyond types are in `checkMetadata`. */
export const metadataSchema: ObjectSchema = {
  type: 'object',
  fields: {
    name: string,
    namespace: string,
    labels: strings,
    annotations: strings,
    generateName: string,
    uid: string,
    resourceVersion: string,
    generation: { type: 'integer' },
    creationTimestamp: string,
    deletionTimestamp: string,
    deletionGracePeriodSeconds: { type: 'integer' },
    finalizers: { type: 'list', items: string },
    ownerReferences: { type: 'list', items: any },
    managedFields: { type: 'list', items: any },
    selfLink: string,
  },
};

function keyFault(key: string): string | undefined {
  const slash = key.indexOf('/');
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && !isDnsSubdomain(prefix))
    return `has the prefix ${describeValue(prefix)}, which is not a DNS name`;
  if (name.length > 63) return 'is longer than 63 characters';
  if (!isLabelValue(name))
    return 'must consist of letters, digits, "-", "_" and ".", and start and end with a letter or digit';
  return undefined;
}

/**
 * Names, labels and annotations of an object whose types have been checked.
 *
 * @param nameRule - what the name must be: of a Namespace or Service a DNS label, of everything else a DNS subdomain
 */
export function checkMetadata(metadata: Record<string, unknown>, nameRule: StringSchema, report: Report): void {
  const error = (path: (string | number)[], message: string, hint?: string): void =>
    report({ severity: 'error', path: ['metadata', ...path], message, hint });

  const { name, namespace, labels, annotations } = metadata;
  if (name === undefined || name === '') {
    if (metadata['generateName']) {
      error(
        ['generateName'],
        'leaves the name to the API server, so it is not known yet',
        'give the object a name with metadata.name',
      );
    } else error([], 'lacks the field "name" (a string)', 'add "name:"');
  } else if (typeof name === 'string') {
    const fault = nameRule.check?.(name);
    if (fault) error(['name'], fault.message, fault.hint);
  }
  if (typeof namespace === 'string' && namespace !== '') {
    const fault = dnsLabel.check?.(namespace);
    if (fault) error(['namespace'], fault.message, fault.hint);
  }
  if (isPlain(labels)) {
    for (const [key, value] of Object.entries(labels)) {
      const fault = keyFault(key);
      if (fault) error(['labels', key], fault);
      if (typeof value !== 'string' || value === '') continue;
      if (value.length > 63) error(['labels', key], `must have at most 63 characters, not ${value.length}`);
      else if (!isLabelValue(value)) {
        error(
          ['labels', key],
          `must consist of letters, digits, "-", "_" and ".", and start and end with a letter or digit, not ${describeValue(value)}`,
        );
      }
    }
  }
  if (isPlain(annotations)) {
    for (const key of Object.keys(annotations)) {
      const fault = keyFault(key.toLowerCase());
      if (fault) error(['annotations', key], fault);
    }
  }
}
