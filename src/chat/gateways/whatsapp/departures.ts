import type { Clock } from '../../../config/clock.js';
import type { Attachment, Outgoing } from '../../gateway.js';
import { type Library, type LibraryClient, loadLibrary } from './libraryClient.js';
import { NotSent } from './sendQueue.js';
import { NoAnswer, within } from './within.js';

export interface DeparturesParts {
  readonly clock: Clock;
  /** What the library sends files with; loaded from the installed one where it is not given. */
  readonly MessageMedia: Library['MessageMedia'] | undefined;
  /** A call did not come back: the page may have crashed. */
  readonly onNoAnswer: () => void;
}

/** A text or a reaction. */
const CALL_MS = 30_000;
/** Files are uploaded. */
const FILE_MS = 120_000;

/**
 * What is not a preview says nothing about us to whoever owns a link; what is not seen stays unread on the phone; and
 * what the page has only taken note of is lost with the browser, so it counts as sent once it is out.
 */
const PLAIN = { sendSeen: false, linkPreview: false, waitUntilMsgSent: true };

/** Sends one message by the library. Each call has its limit, and none is made twice: what is unknown stays unknown. */
export class Departures {
  readonly #parts: DeparturesParts;

  constructor(parts: DeparturesParts) {
    this.#parts = parts;
  }

  async send(client: LibraryClient, chatId: string, message: Outgoing): Promise<void> {
    const { text, document, picture, reaction, quotes } = message;
    if (reaction !== undefined && quotes !== undefined)
      await this.#call(CALL_MS, () => client.sendReaction(quotes, reaction));
    const answer = quotes === undefined ? PLAIN : { ...PLAIN, quotedMessageId: quotes };
    const files = [
      ...(picture === undefined ? [] : [{ file: picture, isDocument: false }]),
      ...(document === undefined ? [] : [{ file: document, isDocument: true }]),
    ];
    if (text !== undefined && files.length === 0) await this.#message(client, CALL_MS, chatId, text, answer);
    for (const [index, { file, isDocument }] of files.entries()) {
      const media = await this.#media(file);
      const isFirst = index === 0;
      await this.#message(client, FILE_MS, chatId, media, {
        ...(isFirst ? answer : PLAIN),
        sendMediaAsDocument: isDocument,
        ...(isFirst && text !== undefined && { caption: text }),
      });
    }
  }

  /**
   * The library says nothing where it found no chat, and nothing where it sent a message whose key it cannot read. The
   * page knows which it was.
   */
  async #message(
    client: LibraryClient,
    ms: number,
    chatId: string,
    content: unknown,
    options: object,
  ): Promise<void> {
    const sent = await this.#call(ms, () => client.sendMessage(chatId, content, options));
    const page = client.pupPage;
    if (sent || !page) return;
    const isThere = await within(this.#parts.clock, CALL_MS, 'a chat', () =>
      page.evaluate(isChatInPage, chatId),
    ).catch(() => true);
    if (!isThere) throw new NotSent('NO_SUCH_CHAT', 'WhatsApp knows no such chat');
  }

  async #call(ms: number, work: () => Promise<unknown>): Promise<unknown> {
    try {
      return await within(this.#parts.clock, ms, 'a message', work);
    } catch (error) {
      if (error instanceof NoAnswer) this.#parts.onNoAnswer();
      throw error;
    }
  }

  async #media({ mime, bytes, name }: Attachment): Promise<object> {
    const Media = this.#parts.MessageMedia ?? (await loadLibrary()).MessageMedia;
    return new Media(mime, bytes.toString('base64'), name, bytes.length);
  }
}

interface PageLibrary {
  readonly WWebJS: { getChat(id: string, options: { getAsModel: boolean }): Promise<unknown> };
}

/** Runs in the page, so it uses nothing from here. It asks as the library does before it sends. */
async function isChatInPage(id: string): Promise<boolean> {
  const { WWebJS } = globalThis as unknown as PageLibrary;
  return Boolean(await WWebJS.getChat(id, { getAsModel: false }));
}
