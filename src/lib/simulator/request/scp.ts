/** `git@host:path`, the other way to write `ssh://git@host/path`. */
const SCP = /^[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:(?!\d+(?:\/|$))[^\s:]/;

export function isScp(word: string): boolean {
  return SCP.test(word);
}

/** The URL that says the same. */
export function scpUrl(word: string): string {
  return isScp(word) ? `ssh://${word.replace(':', '/')}` : word;
}
