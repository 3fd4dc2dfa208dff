/** Characters that show nothing and only steer the direction or the breaking of lines. */
const UNSEEN = /\p{Cf}/gu;
const ASCII = /^[\x00-\x7f]*$/;

/** Below this a name is a syllable that stands in too many texts. */
const LEAST_LETTERS = 3;

/** A text in the one form in which names and numbers are compared, whatever keyboard it was typed on. */
export function fold(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKC').replace(UNSEEN, '').toLowerCase();
}

/** Whether a name has letters enough to be looked for in texts. */
export const hasLetters = (name: string): boolean =>
  (fold(name).match(/\p{L}/gu)?.length ?? 0) >= LEAST_LETTERS;
