/**
 * What a terminal would obey, or not show as it is: control characters (C0, DEL, C1), marks that turn the direction of writing,
 * separators that break lines, characters without width, tags, and halves of surrogate pairs. Their range, because every start would
 * look up what `\p{Cs}` is: two hundredths of it.
 */
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\uD800-\uDFFF\u{E0001}\u{E0020}-\u{E007F}]/gu;
/** The codes of our own palette. */
// eslint-disable-next-line no-control-regex -- escape codes are control characters
const COLOR = /^\u001B\[(?:[124]|2[24]|3[12346]|39)m/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Somebody's text for a place within a line: what would not be seen as it is, is shown escaped, line breaks too. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** Whole lines of text for a person: line feeds and tabs stay, and colours where there are any. */
export function visibleLines(text: string, hasColors: boolean): string {
  return text.replace(UNSEEN, (character, offset: number) => {
    if (character === '\n' || character === '\t') return character;
    if (hasColors && character === '\u001B' && COLOR.test(text.slice(offset, offset + 5))) return character;
    return escaped(character);
  });
}

/** JSON that has the same value, and in which no such character stands as it is. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (character) =>
    character === '\n' ? character : unitsOf(character).map(unitEscape).join(''),
  );
}

function escaped(character: string): string {
  return SHORT[character] ?? unitsOf(character).map(unitEscape).join('');
}

function unitsOf(character: string): number[] {
  return Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
