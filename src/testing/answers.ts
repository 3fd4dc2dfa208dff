import type { Attachment } from '../chat/gateway.js';
import type { Sent } from './memoryGateway.js';

/** What came of a message. */
export interface Answers {
  /** What the writer got to read, in the chat it was written in or directly, in order. */
  readonly texts: readonly string[];
  readonly documents: readonly Attachment[];
  readonly pictures: readonly Attachment[];
  readonly reactions: readonly string[];
  /** The code with which it has to be confirmed; null where it need not be. */
  readonly code: string | null;
  /** All that was sent, also to others. */
  readonly sent: readonly Sent[];
}

export function answersFrom(sent: readonly Sent[], chats: readonly string[]): Answers {
  const own = sent.filter(({ chatId }) => chats.includes(chatId)).map(({ message }) => message);
  const texts = own.flatMap(({ text }) => text ?? []);
  return {
    texts,
    documents: own.flatMap(({ document }) => document ?? []),
    pictures: own.flatMap(({ picture }) => picture ?? []),
    reactions: own.flatMap(({ reaction }) => reaction ?? []),
    code: /\bconfirm (\d+)/.exec(texts.join('\n'))?.[1] ?? null,
    sent,
  };
}

/**
 * A message on its way: awaited, it is the answers to it.
 *
 * @example
 * await ana.says('!role promote +12025550101').replies(/OPERATOR/);
 * const { documents } = await ana.says('!audit export csv');
 */
export class Saying implements PromiseLike<Answers> {
  readonly #text: string;
  readonly #answers: Promise<Answers>;

  constructor(text: string, answers: Promise<Answers>) {
    this.#text = text;
    this.#answers = answers;
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting what was said is the point.
  then<A = Answers, B = never>(
    onAnswered?: ((answers: Answers) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#answers.then(onAnswered, onFailed);
  }

  /** Fails where the answer holds not all of these. */
  async replies(...wanted: readonly (RegExp | string)[]): Promise<Answers> {
    const answers = await this.#answers;
    const text = answers.texts.join('\n');
    for (const piece of wanted) {
      // A pattern with a memory would answer the second question otherwise than the first.
      const isThere = typeof piece === 'string' ? text.includes(piece) : new RegExp(piece).test(text);
      if (!isThere) throw new UnexpectedAnswer(this.#text, answers, `${piece}`);
    }
    if (wanted.length === 0 && answers.sent.length === 0)
      throw new UnexpectedAnswer(this.#text, answers, 'an answer');
    return answers;
  }

  /** Fails where it was answered in any way. */
  async staysUnanswered(): Promise<Answers> {
    const answers = await this.#answers;
    const isSilent = answers.texts.length + answers.documents.length + answers.pictures.length === 0;
    if (!isSilent) throw new UnexpectedAnswer(this.#text, answers, 'no answer');
    return answers;
  }
}

/** The bot said something else than a test expects. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';

  constructor(said: string, { texts }: Answers, expected: string) {
    const got = texts.length === 0 ? 'was not answered' : `was answered with:\n\n${texts.join('\n\n')}\n`;
    super(`${JSON.stringify(said)} ${got}\nExpected: ${expected}`);
  }
}
