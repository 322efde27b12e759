import { pack } from 'tar-stream';

export interface Part {
  readonly name: string;
  readonly text?: string;
  readonly type?: 'file' | 'symlink' | 'directory';
}

/** The bytes of a tar archive, not compressed. */
export async function tar(parts: readonly Part[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, text = '', type = 'file' } of parts)
    archive.entry({ name, type, ...(type === 'symlink' && { linkname: '/etc/passwd' }) }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
