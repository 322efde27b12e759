/** A text of at most `length` characters; where it was longer, an ellipsis ends it. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A word that somebody wrote, for an error message: in quotes and cut short. */
export function quoted(word: string): string {
  return JSON.stringify(shortened(word, 80));
}
