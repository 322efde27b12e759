import fc from 'fast-check';

/** Pieces of text that mean something in YAML, alone or together. */
const pieces = [
  ...'yes no on off y N true null ~ 0777 0o17 1_000 1:30 2001-01-01 << = .inf .5 1e3 -1 - ? : a: b #c " \' ` @ % ! & * |'.split(
    ' ',
  ),
  ...'> [ ] { } , \\ \\d+ /get.* *.foo.com 10.0.0.0/8 0x1F --- ... %YAML é 😀'.split(' '),
  ...['\n', '\t', '\r', '\u0085', '\u2028', '\ufeff', '\u00a0', '\0', ' ', '  ', '\n\n', '\ud800'],
];

/** Texts that a careless writer of YAML gets wrong. */
export const awkwardText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...pieces),
  fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string(),
);

/** Data that JSON can hold. */
export const plainData: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    awkwardText,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      awkwardText.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

/** What any UTF-8 text can hold of it: no lone surrogates, and no sign of zero. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value).toString();
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wellFormed(key), wellFormed(inner)]));
}

const name = fc.constantFrom('a', 'curl', 'httpbin', 'x-1', 'on', 'no', '8080', '1e3');
const host = fc.constantFrom('httpbin.org', '*.foo.com', 'a.b', '10.0.0.1', 'y', 'null');
const namespaced = (kind: string, apiVersion: string, spec: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc.record({ apiVersion: fc.constant(apiVersion), kind: fc.constant(kind), metadata: metadata, spec });

const metadata = fc.record(
  {
    name,
    namespace: name,
    labels: fc.dictionary(fc.constantFrom('app', 'a.b/c', 'on'), name, { noNullPrototype: true }),
    annotations: fc.dictionary(
      fc.constantFrom('note', 'a.b/c'),
      awkwardText.map((text) => Buffer.from(text).toString()),
      {
        noNullPrototype: true,
      },
    ),
  },
  { requiredKeys: ['name', 'namespace'] },
);

const egress = namespaced(
  'Egress',
  'policy.openservicemesh.io/v1alpha1',
  fc.record(
    {
      sources: fc.array(fc.record({ kind: fc.constant('ServiceAccount'), name, namespace: name }), { maxLength: 2 }),
      ports: fc.array(
        fc.record({ number: fc.integer({ min: 1, max: 65535 }), protocol: fc.constantFrom('http', 'tcp', 'on', '') }),
        { maxLength: 3 },
      ),
      hosts: fc.array(host, { maxLength: 3 }),
      ipAddresses: fc.array(fc.constantFrom('10.0.0.0/8', 'x1.2.3.4/99'), { maxLength: 2 }),
      matches: fc.array(
        fc.record({
          apiGroup: fc.constant('specs.smi-spec.io/v1alpha4'),
          kind: fc.constant('HTTPRouteGroup'),
          name,
        }),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['sources', 'ports'] },
  ),
);

const routeGroup = namespaced(
  'HTTPRouteGroup',
  'specs.smi-spec.io/v1alpha4',
  fc.record({
    matches: fc.array(
      fc.record(
        {
          name,
          pathRegex: awkwardText.map((text) => Buffer.from(text).toString()),
          methods: fc.array(fc.constantFrom('*', 'GET', 'POST')),
          headers: fc.array(
            fc.tuple(host, name).map(([key, value]) => ({ [key]: value })),
            { maxLength: 2 },
          ),
        },
        { requiredKeys: ['name'] },
      ),
      { maxLength: 3 },
    ),
  }),
);

const service = namespaced(
  'Service',
  'v1',
  fc.record({ ports: fc.array(fc.record({ port: fc.integer({ min: 1, max: 65535 }) }), { maxLength: 2 }) }),
);

const identity = (object: object): string => {
  const { kind, metadata: meta } = object as { kind: string; metadata: { name: string; namespace: string } };
  return `${kind}/${meta.namespace}/${meta.name}`;
};

/** Valid objects, no two with one name. */
export const validObjects: fc.Arbitrary<object[]> = fc.uniqueArray(fc.oneof(egress, routeGroup, service), {
  selector: identity,
  minLength: 1,
  maxLength: 5,
});
