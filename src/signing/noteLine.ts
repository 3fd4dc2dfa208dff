/** A signed note as one line, so that it can go through a chat: `reeve-checkpoint:` and base64url of the note. */

const MARK = 'reeve-checkpoint:';

/** A note is a few hundred bytes; with many signatures some thousand. */
const LONGEST = 16_384;

export const noteLine = (note: string): string => `${MARK}${Buffer.from(note).toString('base64url')}`;

/** The notes of all such lines in a text, whatever stands around them. What is none of ours is left out. */
export function notesInLines(text: string): string[] {
  const found = text.matchAll(/reeve-checkpoint:\s?([A-Za-z0-9_-]+)/g);
  return [...found].flatMap(([, coded]) => {
    if (coded!.length > LONGEST) return [];
    const note = Buffer.from(coded!, 'base64url').toString('utf8');
    return note.includes('\n\n\u2014 ') ? [note] : [];
  });
}
