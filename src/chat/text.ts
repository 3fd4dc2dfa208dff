/** Marks that WhatsApp formats with, and what stands for them in words of others. */
const STAND_INS: Record<string, string> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/** What hides, turns round or splits a line: controls, line ends, zero-width and bidirectional marks. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** Of one thing somebody else wrote, no more than this goes into an answer. */
const LONGEST_WORDS = 1000;

/**
 * Text of an answer that was made here: what came from people in it can neither format nor break the answer. There
 * is no other way to make one than the functions of this file, so a handler cannot forget it.
 */
export class Text {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** For the functions of this file. */
  static readonly made = (text: string): Text => new Text(text);
}

/** What may be put into a text: a string is taken for somebody else's words. */
export type Piece = Text | string | number;

/**
 * Words of somebody else on one line, with nothing in them that formats. An underscore inside a word formats
 * nothing and stays, so that `a_name` can be copied.
 */
export function plain(words: string): Text {
  const short = words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words;
  return Text.made(
    short
      .replace(UNSEEN, ' ')
      .replace(/[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (mark) => STAND_INS[mark]!)
      .trim(),
  );
}

const asText = (piece: Piece): string => String(typeof piece === 'string' ? plain(piece) : piece);

/**
 * Makes an answer. The words between are ours; what is put in is made harmless unless it is a Text already.
 *
 * @example say`${bold(person.name)} is now ${role}.`
 */
export function say(ours: TemplateStringsArray, ...pieces: readonly Piece[]): Text {
  return Text.made(ours.reduce((text, next, index) => text + asText(pieces[index - 1]!) + next));
}

/** As the beginning of a sentence. Names are bold and stay as people write them; only our own article is in the way. */
export const opening = (text: Text): Text => Text.made(String(text).replace(/^the /, 'The '));

export const bold = (piece: Piece): Text => Text.made(`*${asText(piece)}*`);

/** To be copied as it is: a command, a name, a value. Formatting marks stay, a backtick cannot. */
export function code(words: string): Text {
  return Text.made(`\`${words.replace(UNSEEN, ' ').replaceAll('`', 'ˋ').trim() || ' '}\``);
}

/** One below the other. What is null or false is left out. */
export function lines(...all: readonly (Piece | null | false | undefined)[]): Text {
  return joined(all, '\n');
}

/** One after the other, with something of ours between. */
export function joined(all: readonly (Piece | null | false | undefined)[], between: string): Text {
  const kept = all.filter((piece) => piece !== null && piece !== false && piece !== undefined);
  return Text.made(kept.map(asText).join(between));
}

/** Longest message that every gateway takes. */
export const LONGEST_MESSAGE = 4096;

/** The text in messages that are short enough, cut at line ends where there are any. */
export function messagesOf(text: Text, longest = LONGEST_MESSAGE): string[] {
  const messages: string[] = [];
  let rest = String(text);
  while (rest.length > longest) {
    const at = rest.lastIndexOf('\n', longest);
    let end = at > 0 ? at : longest;
    // Never between the halves of one character.
    if (at <= 0 && /[\ud800-\udbff]/.test(rest[end - 1]!)) end -= 1;
    messages.push(rest.slice(0, end));
    rest = rest.slice(at > 0 ? end + 1 : end);
  }
  if (rest !== '' || messages.length === 0) messages.push(rest);
  return messages;
}
