import { addressKind } from '../../../access/address.js';
import type { IncomingMessage } from '../../message.js';
import type { GroupNames } from './groupNames.js';
import { incomingFrom, type WireChange, type WireMessage } from './incoming.js';
import type { LidLookups } from './lidLookups.js';

export interface ArrivalsParts {
  readonly names: GroupNames;
  readonly lookups: LidLookups;
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
    const { names, lookups, deliver } = this.#parts;
    const { chat, sender, mentions, quoted } = message;
    const people = [sender, ...mentions].map(({ address }) => address);
    if (quoted !== undefined) people.push(quoted.sender);
    const [name] = await Promise.all([
      chat.isGroup ? names.of(chat.id) : undefined,
      lookups.resolve(people.filter((address) => addressKind(address) === 'lid')),
    ]);
    if (this.#isClosed) return;
    deliver(name === undefined ? message : { ...message, chat: { ...chat, name } });
  }
}
