import { type Address, addressKind } from '../../../access/address.js';
import type { IncomingMessage } from '../../message.js';
import type { GroupNames } from './groupNames.js';
import { incomingFrom, type WireChange, type WireMessage } from './incoming.js';
import type { LidLookups } from './lidLookups.js';
import { keyFrom, partsOf } from './messageKey.js';
import { addressOf, isGroup, widFor } from './wid.js';

export interface ArrivalsParts {
  readonly names: GroupNames;
  readonly lookups: LidLookups;
  /** The account's own address, where that is known. */
  readonly own: () => Address | null;
  /** Whose a LID is, as far as that is known. */
  readonly phoneOf: (lid: Address) => Promise<Address | null>;
  readonly deliver: (message: IncomingMessage) => void;
  readonly onUnreadable: (error: unknown) => void;
}

/** When more wait in a chat, nobody is asked about any more until there are fewer: it would never come to its end. */
const MOST_BEHIND = 20;

/** Keys under which the page knows messages by another one. */
const MOST_REMEMBERED = 10_000;

/**
 * Hands messages over, each when it is known whose LIDs it names: else nobody could say what its writer may do. The
 * messages of one chat keep their order, though one of them may have to wait for that.
 */
export class Arrivals {
  readonly #parts: ArrivalsParts;
  readonly #chats = new Map<string, { last: Promise<void>; waiting: number }>();
  readonly #pageKeys = new Map<string, string>();
  #isClosed = false;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
  }

  /** Never throws: whoever calls is a listener of the library. */
  take(wire: WireMessage, become?: WireChange): void {
    if (this.#isClosed) return;
    let message: IncomingMessage | null = null;
    try {
      message = incomingFrom(wire, become);
    } catch (error) {
      this.#parts.onUnreadable(error);
    }
    if (message !== null) this.#enqueue(message);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** What the page calls a message that was handed over under this key. */
  pageKeyOf(key: string): string {
    return this.#pageKeys.get(key) ?? key;
  }

  /** Returns of how many messages something was kept. */
  forget(isAbout: (text: string) => boolean): number {
    const known = [...this.#pageKeys].filter((pair) => pair.some(isAbout));
    for (const [key] of known) this.#pageKeys.delete(key);
    return known.length;
  }

  #enqueue(message: IncomingMessage): void {
    const { id } = message.chat;
    const line = this.#chats.get(id) ?? { last: Promise.resolve(), waiting: 0 };
    this.#chats.set(id, line);
    line.waiting += 1;
    line.last = line.last
      .then(() => this.#handOver(message, line.waiting > MOST_BEHIND))
      .catch((error: unknown) => this.#parts.onUnreadable(error))
      .then(() => {
        line.waiting -= 1;
        if (line.waiting === 0) this.#chats.delete(id);
      });
  }

  async #handOver(message: IncomingMessage, isBacklog: boolean): Promise<void> {
    const { names, lookups, own, deliver } = this.#parts;
    const { chat, sender, mentions, quoted } = message;
    const spokenTo = mentions.map(({ address }) => address);
    if (quoted !== undefined) spokenTo.push(quoted.sender);
    const self = chat.isGroup && spokenTo.length > 0 ? own() : null;
    const first = self === null ? [sender.address] : [sender.address, self];
    let name: string | undefined;
    if (!isBacklog)
      [name] = await Promise.all([
        chat.isGroup ? names.of(chat.id) : undefined,
        lookups.resolve({ first: first.filter(isLid), others: spokenTo.filter(isLid), by: sender.address }),
      ]);
    const isToBot = self !== null && (await this.#isAmong(spokenTo, self));
    const key = await this.#keyOf(message.key, sender.address);
    this.#remember(key, message.key);
    const quotedKey = quoted?.key === undefined ? undefined : await this.#keyOf(quoted.key, quoted.sender);
    if (this.#isClosed) return;
    deliver({
      ...message,
      key,
      ...(quoted !== undefined && {
        quoted: quotedKey === undefined ? quoted : { ...quoted, key: quotedKey },
      }),
      ...(name !== undefined && { chat: { ...chat, name } }),
      ...(isToBot && { isToBot: true }),
    });
  }

  /**
   * The key of a message, however its chat and its writer were named this time: WhatsApp names people by their phones
   * until it has gone over to LIDs, and a message that came before that may come again after it.
   */
  async #keyOf(key: string, sender: Address): Promise<string> {
    const parts = partsOf(key);
    if (parts === null) return key;
    const { fromMe, chat, own, writer } = parts;
    if (!isGroup(chat)) return keyFrom(fromMe, await this.#settled(chat), own, undefined) ?? key;
    const by = await this.#settled(writer ?? widFor(sender));
    return keyFrom(fromMe, chat, own, by) ?? key;
  }

  async #settled(wid: string): Promise<string> {
    const address = addressOf(wid);
    return address === null ? wid : widFor(await this.#asPhone(address));
  }

  #remember(key: string, pageKey: string): void {
    this.#pageKeys.delete(key);
    if (key === pageKey) return;
    this.#pageKeys.set(key, pageKey);
    if (this.#pageKeys.size > MOST_REMEMBERED) this.#pageKeys.delete(this.#pageKeys.keys().next().value!);
  }

  /** WhatsApp names the account by its phone in one place and by its LID in the next. */
  async #isAmong(addresses: readonly Address[], self: Address): Promise<boolean> {
    const phone = await this.#asPhone(self);
    for (const address of addresses) {
      if (address === self || (await this.#asPhone(address)) === phone) return true;
    }
    return false;
  }

  async #asPhone(address: Address): Promise<Address> {
    if (!isLid(address)) return address;
    return (await this.#parts.phoneOf(address).catch(() => null)) ?? address;
  }
}

const isLid = (address: Address): boolean => addressKind(address) === 'lid';
