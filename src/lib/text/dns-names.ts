/** The rules for names in Kubernetes ("Object Names and IDs", "Labels and Selectors"). */

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Can it name a namespace or a Service (RFC 1123 label)? */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

/** Can it name any other object (RFC 1123 subdomain)? */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every((part) => LABEL.test(part));
}

/** Can it be the value of a label, or its key behind the slash? Letter case does not matter. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && QUALIFIED.test(text);
}

/**
 * A valid name near to an invalid one, for a remedy; undefined when nothing is left of it.
 * @param dots whether the name may have parts with dots between them
 */
export function validName(name: string, dots: boolean): string | undefined {
  const repaired = name
    .toLowerCase()
    .replaceAll(dots ? /[^a-z0-9.]+/g : /[^a-z0-9]+/g, '-')
    .slice(0, dots ? 253 : 63)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return isDnsSubdomain(repaired) ? repaired : undefined;
}
