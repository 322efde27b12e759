import { UsageError } from '../errors.js';
import { closest } from '../text/closest.js';
import { quoted } from '../text/shorten.js';

/** An error that the control plane of OSM v1.2 logs as `error_code`, and counts as `osm_error_err_code_count` (osm-cli §11.1). */
export interface ErrorCode {
  /** `E1000` */
  readonly code: string;
  /** Its name in the sources of the control plane. */
  readonly symbol: string;
  readonly area: string;
  readonly description: string;
  /** The code that means this on the archived main branch; null: that branch has it no more. */
  readonly onMain: string | null;
}

type Row = readonly [number: number, symbol: string, description: string];

/** The numbers, names and meanings are facts; the sentences are ours. */
const areas: Readonly<Record<string, readonly Row[]>> = {
  'start-up': [
    [
      1000,
      'ErrInvalidCLIArgument',
      'A program of the control plane was started with an option that is wrong or missing.',
    ],
    [1001, 'ErrSettingLogLevel', 'The log level that was asked for does not exist.'],
    [1002, 'ErrFetchingControllerPod', 'osm-controller does not find the pod that it runs in.'],
    [1003, 'ErrFetchingInjectorPod', 'osm-injector does not find the pod that it runs in.'],
    [1004, 'ErrStartingIngressClient', 'osm-controller cannot watch Ingress objects.'],
    [1005, 'ErrStartingReconciler', "The reconciler, which puts back OSM's CRDs and webhooks, does not start."],
  ],
  'traffic policy': [
    [
      2000,
      'ErrDedupEgressTrafficMatches',
      'Egress policies contradict each other on a port: they are not applied. Look with: osm-ts policy check-conflicts Egress',
    ],
    [
      2001,
      'ErrDedupEgressClusterConfigs',
      'Egress policies contradict each other on a host: they are not applied. Look with: osm-ts policy check-conflicts Egress',
    ],
    [
      2002,
      'ErrInvalidEgressIPRange',
      'A range of an Egress policy is not a CIDR, and is left out. Look with: osm-ts egress lint',
    ],
    [
      2003,
      'ErrInvalidEgressMatches',
      'An entry of matches in an Egress policy cannot be used, and is left out. Look with: osm-ts egress lint',
    ],
    [
      2004,
      'ErrEgressSMIHTTPRouteGroupNotFound',
      'An Egress policy names an HTTPRouteGroup that its namespace does not have.',
    ],
    [
      2005,
      'ErrFetchingSMIHTTPRouteGroupForTrafficTarget',
      'A TrafficTarget names an HTTPRouteGroup that cannot be read in its own namespace, and is left out.',
    ],
    [2006, 'ErrSMIHTTPRouteGroupNoMatch', 'An HTTPRouteGroup without matches is left out.'],
    [
      2007,
      'ErrMultipleSMISplitPerServiceUnsupported',
      'Several TrafficSplits have the same root service: the first that was seen counts, the others do not.',
    ],
    [
      2008,
      'ErrAddingRouteToOutboundTrafficPolicy',
      'A route does not fit into what clients are programmed with, and is left out.',
    ],
    [
      2009,
      'ErrGettingInboundTrafficTargets',
      'The TrafficTargets for a server do not give what its proxy is to be programmed with.',
    ],
    [
      2010,
      'ErrInvalidDestinationKind',
      'The destination of a TrafficTarget has a kind that OSM does not know; it takes ServiceAccounts.',
    ],
    [
      2011,
      'ErrInvalidSourceKind',
      'A source of a TrafficTarget has a kind that OSM does not know; it takes ServiceAccounts.',
    ],
  ],
  kubernetes: [
    [3000, 'ErrEndpointsNotFound', 'A service has no endpoints.'],
    [3001, 'ErrMarshallingKubernetesResource', 'A Kubernetes object cannot be written as JSON.'],
    [3002, 'ErrUnmarshallingKubernetesResource', 'The JSON of a Kubernetes object cannot be read.'],
  ],
  certificates: [
    [4000, 'ErrFetchingCertSecret', 'The Secret with a certificate cannot be read.'],
    [4001, 'ErrObtainingCertFromSecret', 'The Secret has no certificate under the key where it belongs.'],
    [4002, 'ErrObtainingPrivateKeyFromSecret', 'The Secret has no private key under the key where it belongs.'],
    [4003, 'ErrObtainingCertExpirationFromSecret', 'The Secret does not say when its certificate expires.'],
    [4004, 'ErrParsingCertExpiration', 'The Secret says when its certificate expires in a form that cannot be read.'],
    [4005, 'ErrCreatingCertSecret', 'The Secret for a certificate cannot be created.'],
    [4006, 'ErrGeneratingPrivateKey', 'No private key can be made.'],
    [4007, 'ErrEncodingKeyDERtoPEM', 'A private key cannot be turned from DER into PEM.'],
    [4008, 'ErrCreatingCertReq', 'A request for a certificate cannot be made.'],
    [4009, 'ErrCreatingRootCert', 'There is no root certificate for a new authority.'],
    [4010, 'ErrEncodingCertDERtoPEM', 'A certificate cannot be turned from DER into PEM.'],
    [4011, 'ErrDecodingPEMCert', 'The PEM of a certificate cannot be read.'],
    [4012, 'ErrDecodingPEMPrivateKey', "The PEM of the root authority's private key cannot be read."],
    [4013, 'ErrIssuingCert', 'A certificate is not issued, for a reason that has no code of its own.'],
    [4014, 'ErrCreatingCert', 'The certificate that is to be issued cannot be made.'],
    [4015, 'ErrInvalidCA', 'The authority that is to issue a certificate cannot be used.'],
    [4016, 'ErrRotatingCert', 'A certificate cannot be replaced before it expires.'],
  ],
  'pub/sub': [[4100, 'ErrPubSubMessageFormat', 'A message between parts of the control plane has an unexpected type.']],
  MeshConfig: [
    [4150, 'ErrConfigInformerInitCache', 'The kinds of config.openservicemesh.io cannot be read for the first time.'],
    [4151, 'ErrMeshConfigStructCasting', 'What was read as a MeshConfig is none.'],
    [
      4152,
      'ErrMeshConfigFetchFromCache',
      'There is no MeshConfig where it is looked for. Look with: osm-ts meshconfig get',
    ],
    [4153, 'ErrMeshConfigMarshaling', 'A MeshConfig cannot be written, as JSON for example.'],
  ],
  xDS: [
    [5000, 'ErrMarshallingXDSResource', 'A part of what a proxy is programmed with cannot be written.'],
    [
      5001,
      'ErrParsingXDSCertCN',
      "The common name in a proxy's certificate is not <proxy-UUID>.<kind>.<proxy-identity>.",
    ],
    [5002, 'ErrFetchingPodFromCert', "No pod has the osm-proxy-uuid that a proxy's certificate names."],
    [5003, 'ErrPodBelongsToMultipleServices', 'Several Services select one pod: its proxy is not programmed.'],
    [5004, 'ErrGettingProxyFromPod', 'The label osm-proxy-uuid of a pod does not lead to a proxy.'],
    [5005, 'ErrGRPCConnectionFailed', 'The connection to a proxy broke: it asks for nothing any more.'],
    [5006, 'ErrSendingDiscoveryResponse', 'What a proxy is to be programmed with did not get to it.'],
    [5007, 'ErrGeneratingReqResource', 'What a proxy asked for cannot be made.'],
    [5008, 'ErrRecordingSnapshot', 'What was made for a proxy cannot be kept as its newest state.'],
    [5009, 'ErrStartingADSServer', 'The server that programs proxies (ADS) does not start.'],
    [
      5010,
      'ErrMismatchedServiceAccount',
      'A proxy says that it has one ServiceAccount, and its certificate says another: it is turned away.',
    ],
    [5011, 'ErrGRPCStreamClosedByProxy', 'A proxy ended its connection, as it does when its pod ends.'],
    [
      5012,
      'ErrUnexpectedXDSRequest',
      'A proxy that has not said hello yet was to be updated: this update is left out for it.',
    ],
    [5013, 'ErrInvalidXDSTypeURI', 'A proxy asked for a type that does not exist.'],
    [5014, 'ErrParsingDiscoveryReqVersion', 'The version in what a proxy asks cannot be read.'],
    [5015, 'ErrGettingOrgDstEgressCluster', 'The cluster for egress to original destinations cannot be made.'],
    [5016, 'ErrGettingDNSEgressCluster', 'The cluster for an egress host that Envoy resolves cannot be made.'],
    [5017, 'ErrObtainingUpstreamServiceCluster', 'The cluster for a service cannot be made.'],
    [5018, 'ErrFetchingServiceList', 'Which services a proxy belongs to cannot be found out.'],
    [5019, 'ErrDuplicateClusters', 'Several clusters have one name: one of them stays.'],
    [
      5020,
      'ErrUnsupportedProtocolForService',
      'Ingress does not know the application protocol of a port, which gets no filter chain.',
    ],
    [5021, 'ErrIngressFilterChain', 'A filter chain for ingress cannot be made.'],
    [
      5022,
      'ErrBuildingRBACPolicyForRoute',
      'A rule about who may use a route cannot be made for Envoy, and is left out.',
    ],
    [
      5023,
      'ErrUnmarshallingSDSCert',
      'The name of a certificate that a proxy asked for cannot be read, and is passed over.',
    ],
    [5024, 'ErrGettingServiceCertSecret', 'A certificate that a proxy asked for cannot be had, and is passed over.'],
    [5025, 'ErrGettingMeshService', 'The name of a certificate does not lead to a service of the mesh.'],
    [5026, 'ErrGettingK8sServiceAccount', 'The name of a certificate does not lead to a ServiceAccount.'],
    [5027, 'ErrSDSCertMismatch', "A proxy asked for somebody else's certificate, and does not get it."],
  ],
  injector: [
    [6100, 'ErrMarshallingProtoToYAML', 'A protobuf message cannot be written as YAML.'],
    [
      6101,
      'ErrParsingMutatingWebhookCert',
      "The certificate of the injector's webhook cannot be read: its server does not start.",
    ],
    [6102, 'ErrStartingInjectionWebhookHTTPServer', "The server of the injector's webhook does not start."],
    [6103, 'ErrDecodingAdmissionReqBody', 'What the API server asks the webhook cannot be read.'],
    [6104, 'ErrParsingReqTimeout', 'The time limit in what the API server asks cannot be read.'],
    [6105, 'ErrInvalidAdmissionReqHeader', 'What the API server asks has a content type that is not JSON.'],
    [6106, 'ErrWritingAdmissionResp', 'The answer to the API server did not get through.'],
    [6107, 'ErrNilAdmissionReq', 'The API server asked about nothing.'],
    [
      6108,
      'ErrDeterminingPodInjectionEnablement',
      'Whether a pod is to get a sidecar cannot be told from its annotation.',
    ],
    [
      6109,
      'ErrDeterminingNamespaceInjectionEnablement',
      'Whether the pods of a namespace are to get sidecars cannot be told from its annotation.',
    ],
    [6110, 'ErrDeterminingPodPortExclusions', 'The ports that a pod excludes cannot be read: none is excluded.'],
    [6111, 'ErrReadingAdmissionReqBody', 'The connection of the API server broke before it had asked.'],
    [6112, 'ErrNilAdmissionReqBody', 'The API server sent no body.'],
    [6113, 'ErrCreatingMutatingWebhook', 'The MutatingWebhookConfiguration cannot be created.'],
    [6114, 'ErrUpdatingMutatingWebhook', 'The MutatingWebhookConfiguration cannot be changed.'],
  ],
  validator: [
    [6700, 'ErrShuttingDownValidatingWebhookHTTPServer', 'The server of the validating webhook did not stop in order.'],
    [6701, 'ErrStartingValidatingWebhookHTTPServer', 'The server of the validating webhook does not start.'],
    [
      6702,
      'ErrParsingValidatingWebhookCert',
      'The certificate of the validating webhook cannot be read: its server does not start.',
    ],
    [6703, 'ErrCreatingValidatingWebhook', 'The ValidatingWebhookConfiguration cannot be created.'],
  ],
  reconciler: [
    [7000, 'ErrReconcilingUpdatedCRD', 'A CRD of OSM was changed, and cannot be put back as it was.'],
    [7001, 'ErrReconcilingDeletedCRD', 'A CRD of OSM was deleted, and cannot be created again.'],
    [
      7002,
      'ErrReconcilingUpdatedMutatingWebhook',
      'The mutating webhook was changed, and cannot be put back as it was.',
    ],
    [7003, 'ErrReconcilingDeletedMutatingWebhook', 'The mutating webhook was deleted, and cannot be created again.'],
    [
      7004,
      'ErrReconcilingUpdatedValidatingWebhook',
      'The validating webhook was changed, and cannot be put back as it was.',
    ],
    [
      7005,
      'ErrReconcilingDeletedValidatingWebhook',
      'The validating webhook was deleted, and cannot be created again.',
    ],
  ],
};

/** All of them, by number. */
export const errorCodes: readonly ErrorCode[] = Object.entries(areas).flatMap(([area, rows]) =>
  rows.map(([number, symbol, description]) => ({
    code: `E${number}`,
    symbol,
    area,
    description,
    onMain: onMain(number),
  })),
);

/** The main branch put a code in at 4004, and gave 4153 another meaning. */
function onMain(number: number): string | null {
  if (number === 4153) return null;
  return `E${number >= 4004 && number <= 4016 ? number + 1 : number}`;
}

/** The code that a word names: `E1000`, `e1000` or `1000`. @throws UsageError */
export function findErrorCode(word: string): ErrorCode {
  const [, digits] = /^e?(\d+)$/i.exec(word.trim()) ?? [];
  if (digits === undefined) {
    throw new UsageError(`error code ${quoted(word)} is not a valid error code format`, 'write it like E1000');
  }
  const code = `E${Number(digits)}`;
  const found = errorCodes.find((one) => one.code === code);
  if (found) return found;
  const later = errorCodes.find((one) => one.onMain === code);
  const meant = closest(
    code,
    errorCodes.map((one) => one.code),
  );
  throw new UsageError(
    `error code ${quoted(word)} is not a valid error code recognized by OSM`,
    later
      ? `on the archived main branch of OSM ${code} is what v1.2 calls ${later.code}`
      : `${meant === undefined ? '' : `did you mean ${meant}?\n`}osm-ts support error-info names all there are`,
  );
}
