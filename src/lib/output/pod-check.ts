import { writeOut } from '../cli/streams.js';
import type { PodCheck, PodName } from '../mesh/policy/check-pods.js';
import { visible } from '../text/visible.js';
import { printDocument, type DocumentFormat } from './document.js';

/** Prints what policies say about two pods: without a format in the lines of osm-cli §9.2. */
export async function printPodCheck(check: PodCheck, format: DocumentFormat | undefined): Promise<void> {
  if (format) return printDocument({ apiVersion: 'osm-ts/v1', kind: 'PodCheck', ...check }, format);
  return writeOut(textOf(check));
}

function textOf({ source, destination, meshes, osmNamespace, permissive, verdict, targets }: PodCheck): string {
  const [from, to] = [visible(nameOf(source)), visible(nameOf(destination))];
  const denied = `[+] Pod '${from}' is not allowed to communicate to pod '${to}'`;
  if (osmNamespace === null)
    return `${denied}, which is in mesh [${visible(meshes.destination ?? 'null')}], not [${visible(meshes.source ?? 'null')}]\n`;
  const head = permissive
    ? `[+] Permissive mode enabled for mesh operated by osm-controller running in '${osmNamespace}' namespace\n\n`
    : `[+] SMI traffic policy mode enabled for mesh operated by osm-controller running in ${osmNamespace} namespace\n\n`;
  if (verdict === 'denied') return `${head}${denied}, missing SMI TrafficTarget policy\n`;
  const allowed = `[+] Pod '${from}' is allowed to communicate to pod '${to}'`;
  // The blank before the line is the mirrored program's.
  if (permissive) return `${head} ${allowed}\n`;
  return (
    head +
    targets
      .map(
        ({ name, namespace }) =>
          `${allowed} via the SMI TrafficTarget policy "${visible(name)}" in namespace ${visible(namespace)}\n`,
      )
      .join('')
  );
}

function nameOf({ namespace, name }: PodName): string {
  return `${namespace}/${name}`;
}
