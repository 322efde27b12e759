import type { ClusterError } from '../../errors.js';
import type { ArchiveWriter } from './archive.js';

/** One thing of a report: a file of it, or why there is none. */
export interface ReportItem {
  /** What it is, for a person: `log of container envoy`. */
  readonly what: string;
  /** Of what: `pod a/p`, `namespace a`. */
  readonly of: string;
  /** Within the archive; null when there is none. */
  readonly path: string | null;
  /** Why it could not be collected; null when it was. */
  readonly problem: string | null;
}

/** Collects the parts of a report, and keeps a list of them. */
export class Contents {
  readonly items: ReportItem[] = [];

  constructor(private readonly archive: ArchiveWriter) {}

  get problems(): readonly ReportItem[] {
    return this.items.filter(({ problem }) => problem !== null);
  }

  async add(what: string, of: string, path: string, content: string | Uint8Array): Promise<void> {
    await this.archive.add(path, content);
    this.items.push({ what, of, path, problem: null });
  }

  lack(what: string, of: string, { message }: ClusterError): void {
    this.items.push({ what, of, path: null, problem: message });
  }
}
