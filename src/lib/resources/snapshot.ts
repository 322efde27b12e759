import { isPlain } from '../text/plain-data.js';

/** Something of a cluster that whoever took a snapshot of it may not read. */
export interface SnapshotGap {
  readonly kind: string;
  /** Absent: in no namespace, or in all at once. */
  readonly namespace?: string;
  /** Present where one object was asked for. */
  readonly name?: string;
  /** The server's words. */
  readonly message: string;
}

/** What an archive with the objects of a cluster says of itself; its objects are beside it, in `objects/`. */
export interface Snapshot {
  readonly apiVersion: 'osm-ts/v1';
  readonly kind: 'ClusterSnapshot';
  readonly meshName: string;
  /** Of the control plane. */
  readonly osmNamespace: string;
  readonly gaps: readonly SnapshotGap[];
}

/** The names of files within an archive, below its one directory. */
export const SNAPSHOT_FILE = 'snapshot.json';
export const OBJECTS_FOLDER = 'objects/';

/** Undefined when the text is none. */
export function parseSnapshot(text: string): Snapshot | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isPlain(document) || document['kind'] !== 'ClusterSnapshot' || document['apiVersion'] !== 'osm-ts/v1')
    return undefined;
  const { meshName, osmNamespace, gaps } = document;
  if (typeof meshName !== 'string' || typeof osmNamespace !== 'string' || !Array.isArray(gaps)) return undefined;
  if (!gaps.every(isGap)) return undefined;
  return { apiVersion: 'osm-ts/v1', kind: 'ClusterSnapshot', meshName, osmNamespace, gaps };
}

function isGap(value: unknown): value is SnapshotGap {
  if (!isPlain(value)) return false;
  const isText = (field: string): boolean => value[field] === undefined || typeof value[field] === 'string';
  return (
    typeof value['kind'] === 'string' && typeof value['message'] === 'string' && isText('namespace') && isText('name')
  );
}
