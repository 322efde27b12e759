import { workloadOf } from '../../resources/workloads.js';
import type { Asker } from '../../egress/explain.js';

const namespaceNotes: Readonly<Record<Asker['namespaceFrom'], string>> = {
  name: '',
  option: '',
  context: ' (namespace from the context)',
  nowhere: ' (no namespace is given)',
};

/** Who asks: `curl/curl (namespace from the context), in mesh osm`. */
export function askerText(asker: Asker): string {
  const { source, pod, workload, namespaceFrom } = asker;
  const name = `${source.namespace}/${source.serviceAccount}${namespaceNotes[namespaceFrom]}`;
  const made = workload ? `, ${workload.kind} ${workload.metadata.name}` : '';
  const who = pod && !workloadOf(pod) ? `${name}${made}, pod ${pod.metadata.name}` : `${name}${made}`;
  return `${who}, ${asker.mesh === null ? outsideText(asker) : `in mesh ${asker.mesh}`}`;
}

/** Where a source is that has no sidecar of the mesh. */
export function outsideText({ partly, otherMesh }: Asker): string {
  if (partly) return 'in the mesh with some of its pods only';
  return otherMesh === undefined ? 'not in a mesh' : `in mesh ${otherMesh}, which was not asked about`;
}

/** Has no pod of the source a sidecar of the mesh, so that no policy applies to it? */
export function isOutside({ mesh, partly }: Asker): boolean {
  return mesh === null && !partly;
}

/** The `source` of JSON documents. */
export function askerDocument({ source, pod, mesh, known }: Asker) {
  const { namespace, serviceAccount } = source;
  return { namespace, serviceAccount, pod: pod?.metadata.name ?? null, mesh, known };
}
