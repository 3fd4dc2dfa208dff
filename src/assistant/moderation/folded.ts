/** What hides inside of words: soft hyphens, joiners, zero-width and direction marks. */
const UNSEEN = /\p{Cf}/gu;

/** A text as it looks: one way to write each character, nothing in it that cannot be seen. */
export const seen = (text: string): string => text.normalize('NFKC').replace(UNSEEN, '');

/** The words of a text, in lower case and without accents, each between spaces: ` you blockhead `. */
export function folded(text: string): string {
  const plain = seen(text).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return ` ${(plain.match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
}
