/** Full match by a program, in time linear in the text: a character costs an array access once its state is known. */
import { Automaton } from './automaton.js';
import { utf8Of } from './byte-ranges.js';
import type { CompiledRegex } from './compile.js';
import { wellFormed } from './cursor.js';

/** States kept for one pattern. */
const MAX_STATES = 200;

/** Gives a function that tells whether a whole text (as UTF-8; lone surrogates as U+FFFD) matches. */
export function matcherOf(compiled: CompiledRegex): (text: string) => boolean {
  const automaton = new Automaton(compiled, MAX_STATES);
  const { classes } = automaton;
  return (text) => {
    let state = automaton.start;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        state = state.next[classes[unit] as number] ?? automaton.next(state, unit);
      } else {
        const point = text.codePointAt(i) as number;
        if (point > 0xffff) i++;
        for (const byte of utf8Of(wellFormed(point))) state = automaton.next(state, byte);
      }
      if (state.seeds.length === 0) return false;
    }
    return automaton.accepts(state);
  };
}
