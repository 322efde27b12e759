/** Reads a text file of bounded size. @throws InputError when it cannot be read */
export async function readTextFile(file: string): Promise<string> {
  const { readBounded } = await import('../cluster/read-bounded.js');
  return (await readBounded(file)).toString('utf8');
}
