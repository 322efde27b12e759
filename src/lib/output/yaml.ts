import { dump, CORE_SCHEMA, Type } from 'js-yaml';

/**
 * Plain words that YAML 1.1 readers (Go's, so kubectl) take for a number, a time or a merge key though js-yaml would write
 * them bare (toolchain §5): `1_000`, `0777`, `0b1`, `1:30`, `2001-01-01`, `<<`, `=`, and the booleans `y`, `n`, `yes`, `off`…
 */
const ambiguous = new RegExp(
  [
    String.raw`[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?`,
    String.raw`[-+]?0[box][0-9a-f_]+`,
    String.raw`[-+]?(?:[0-9][0-9_]*)?\.?[0-9_]+(?:e[-+]?[0-9_]+)?`,
    String.raw`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:t|[ \t]+)[0-9].*)?`,
    String.raw`[-+]?\.(?:inf|nan)`,
    String.raw`y|n|yes|no|on|off|true|false|null|~|<<|=`,
  ]
    .map((pattern) => `^(?:${pattern})$`)
    .join('|'),
  'i',
);

const lookalike = new Type('tag:osm-ts,2024:lookalike', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && ambiguous.test(text),
  // Never chosen for a value: it only makes the writer see that the bare word would not be read as a string.
  predicate: () => false,
});

const schema = CORE_SCHEMA.extend({ implicit: [lookalike] });

/** YAML text of plain data. */
export function dumpYaml(document: unknown): string {
  return dump(document, { schema, lineWidth: -1, noRefs: true, skipInvalid: true });
}
