import { istioKinds, kinds } from '../kinds.js';
import { readable, type KindInfo } from './kinds.js';
import type { ObjectSchema, Schema } from './schema.js';

/**
 * What the simulator reads of Istio's kinds. Their other fields are kept and not looked into: whether an object makes sense is
 * for the model of Istio's own webhook to say (`simulator/istio/admission.ts`).
 */

const string: Schema = { type: 'string' };
const strings: Schema = { type: 'list', items: string };
const labels: Schema = { type: 'map', values: string, nullValue: '' };
const number: Schema = { type: 'integer' };

/** With fields besides those that are named. */
const map = (fields: Record<string, Schema>, required: readonly string[] = []): ObjectSchema => ({
  type: 'object',
  fields,
  required,
  others: null,
});
const list = (items: Schema): Schema => ({ type: 'list', items });

const text = map({ exact: string, prefix: string, regex: string });
const texts: Schema = { type: 'map', values: text };
const destination = map(
  { destination: map({ host: string, subset: string, port: map({ number }) }, ['host']), weight: number },
  ['destination'],
);
const matchedBySource = { port: number, sourceLabels: labels, sourceNamespace: string, gateways: strings };
const l4Match = map({ ...matchedBySource, destinationSubnets: strings, sniHosts: strings });
const l4Routes = list(map({ match: list(l4Match), route: list(destination) }));
const tls = map({ mode: string, sni: string });
const trafficPolicy = map({ tls, portLevelSettings: list(map({ port: map({ number }), tls })) });

const specs = {
  ServiceEntry: map(
    {
      hosts: strings,
      addresses: strings,
      ports: list(map({ number, name: string, protocol: string, targetPort: number }, ['number'])),
      location: string,
      resolution: string,
      endpoints: list(map({ address: string, ports: { type: 'map', values: number }, labels })),
      workloadSelector: map({ labels }),
      exportTo: strings,
      subjectAltNames: strings,
    },
    ['hosts'],
  ),
  VirtualService: map({
    hosts: strings,
    gateways: strings,
    http: list(
      map({
        name: string,
        match: list(
          map({
            ...matchedBySource,
            name: string,
            uri: text,
            scheme: text,
            method: text,
            authority: text,
            headers: texts,
            withoutHeaders: texts,
            queryParams: texts,
            ignoreUriCase: { type: 'boolean' },
          }),
        ),
        route: list(destination),
        directResponse: map({ status: number }, ['status']),
        redirect: map({ redirectCode: number }),
      }),
    ),
    tls: l4Routes,
    tcp: l4Routes,
    exportTo: strings,
  }),
  DestinationRule: map({
    host: string,
    trafficPolicy,
    subsets: list(map({ name: string, labels, trafficPolicy }, ['name'])),
    exportTo: strings,
  }),
  Sidecar: map({
    workloadSelector: map({ labels }),
    egress: list(
      map({ port: map({ number, protocol: string, name: string }), bind: string, captureMode: string, hosts: strings }),
    ),
    outboundTrafficPolicy: map({ mode: string }),
  }),
  Gateway: map({
    selector: labels,
    servers: list(
      map(
        {
          port: map({ number, name: string, protocol: string }, ['number', 'protocol']),
          hosts: strings,
          tls: map({ mode: string }),
        },
        ['port', 'hosts'],
      ),
    ),
  }),
  AuthorizationPolicy: map({
    selector: map({ matchLabels: labels }),
    action: string,
    rules: list(
      map({
        from: list(map({ source: { type: 'map', values: strings } })),
        to: list(map({ operation: { type: 'map', values: strings } })),
        when: list(map({ key: string, values: strings, notValues: strings }, ['key'])),
      }),
    ),
  }),
} satisfies Record<keyof typeof istioKinds, ObjectSchema>;

const OLDER = ['v1beta1', 'v1alpha3'];

const infos: readonly KindInfo[] = [
  ...Object.values(istioKinds).map((kind) => {
    const spec = specs[kind.kind as keyof typeof specs];
    const fields = { spec, status: map({}) };
    return readable(kind, fields, { versions: OLDER });
  }),
  readable(
    kinds.ConfigMap,
    { data: { type: 'map', values: string, nullValue: '' } },
    { alsoFields: ['binaryData', 'immutable'] },
  ),
];

/** A kind that is read only where Istio is asked about. */
export function findIstioKind(group: string, kind: string): KindInfo | undefined {
  return infos.find((info) => info.group === group && info.kind === kind);
}
