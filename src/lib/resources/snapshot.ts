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

/** Is the text of a file a snapshot's account of itself, whole or not? */
export function isSnapshotText(text: string): boolean {
  try {
    return isSnapshot(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Does a document mean to be a snapshot's account of itself? */
export function isSnapshot(document: unknown): document is Readonly<Record<string, unknown>> {
  if (!isPlain(document) || document['kind'] !== 'ClusterSnapshot') return false;
  const { apiVersion } = document;
  return typeof apiVersion === 'string' && apiVersion.startsWith('osm-ts/');
}

/** @returns undefined where it is not whole, or of another version */
export function readSnapshot(document: Readonly<Record<string, unknown>>): Snapshot | undefined {
  const { apiVersion, meshName, osmNamespace, gaps } = document;
  if (apiVersion !== 'osm-ts/v1' || !Array.isArray(gaps) || !gaps.every(isGap)) return undefined;
  if (typeof meshName !== 'string' || typeof osmNamespace !== 'string') return undefined;
  return { apiVersion: 'osm-ts/v1', kind: 'ClusterSnapshot', meshName, osmNamespace, gaps };
}

function isGap(value: unknown): value is SnapshotGap {
  if (!isPlain(value)) return false;
  const isText = (field: string): boolean => value[field] === undefined || typeof value[field] === 'string';
  return (
    typeof value['kind'] === 'string' && typeof value['message'] === 'string' && isText('namespace') && isText('name')
  );
}
