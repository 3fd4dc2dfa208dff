import { type Address, addressKind } from '../../../access/address.js';
import type { IncomingMessage } from '../../message.js';
import type { GroupNames } from './groupNames.js';
import { incomingFrom, type WireChange, type WireMessage } from './incoming.js';
import type { LidLookups } from './lidLookups.js';

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

/**
 * Hands messages over, each when it is known whose LIDs it names: else nobody could say what its writer may do. The
 * messages of one chat keep their order, though one of them may have to wait for that.
 */
export class Arrivals {
  readonly #parts: ArrivalsParts;
  readonly #chats = new Map<string, Promise<void>>();
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

  #enqueue(message: IncomingMessage): void {
    const { id } = message.chat;
    const before = this.#chats.get(id) ?? Promise.resolve();
    const handed = before.then(() => this.#handOver(message));
    this.#chats.set(id, handed);
    void handed.then(() => {
      if (this.#chats.get(id) === handed) this.#chats.delete(id);
    });
  }

  async #handOver(message: IncomingMessage): Promise<void> {
    const { names, lookups, own, deliver } = this.#parts;
    const { chat, sender, mentions, quoted } = message;
    const spokenTo = mentions.map(({ address }) => address);
    if (quoted !== undefined) spokenTo.push(quoted.sender);
    const people = [sender.address, ...spokenTo];
    const self = chat.isGroup && spokenTo.length > 0 ? own() : null;
    if (self !== null) people.push(self);
    const [name] = await Promise.all([
      chat.isGroup ? names.of(chat.id) : undefined,
      lookups.resolve(people.filter((address) => addressKind(address) === 'lid')),
    ]);
    const isToBot = self !== null && (await this.#isAmong(spokenTo, self));
    if (this.#isClosed) return;
    deliver({
      ...message,
      ...(name !== undefined && { chat: { ...chat, name } }),
      ...(isToBot && { isToBot: true }),
    });
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
    if (addressKind(address) !== 'lid') return address;
    return (await this.#parts.phoneOf(address).catch(() => null)) ?? address;
  }
}
