/**
 * What hides inside of words: soft hyphens, joiners, zero-width, direction and variation marks, fillers, control
 * characters and halves of characters. What separates words (spaces, tabs, line ends) is left.
 */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]|(?![\t-\r])\p{Cc}/gu;

export const withoutUnseen = (text: string): string => text.replace(UNSEEN, '');

/** A text as it looks: one way to write each character, nothing in it that cannot be seen. */
export const seen = (text: string): string => withoutUnseen(withoutUnseen(text).normalize('NFKC'));

/** The words of a text, in lower case and without accents, each between spaces: ` you blockhead `. */
export function folded(text: string): string {
  const bare = seen(text).normalize('NFKD').replace(/\p{M}/gu, '');
  // By way of capitals, as some letters are two there: STRASSE and Straße are one word.
  const plain = bare.toLowerCase().toUpperCase().toLowerCase();
  return ` ${(plain.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
}
