import type { Address } from '../access/address.js';
import type { Channel } from '../audit/catalogue/action.js';
import type { Gateway, GatewayStatus, Outgoing } from '../chat/gateway.js';
import type { Chat, IncomingMessage, Mention } from '../chat/message.js';

/** What somebody writes in a test; what is not said about it has a plain default. */
export interface Written {
  readonly from: Address;
  readonly name?: string | undefined;
  readonly text: string;
  /** The group it is written in; without one it is a direct chat. */
  readonly group?: string | undefined;
  readonly mentions?: readonly Mention[] | undefined;
  readonly quoted?: IncomingMessage['quoted'];
  /** In a group: the bot is mentioned or answered. */
  readonly isToBot?: boolean | undefined;
  readonly at?: number | undefined;
  /** Of a message that is delivered again, or was changed: the key that it had. */
  readonly key?: string | undefined;
  readonly change?: IncomingMessage['change'];
}

export interface Sent {
  readonly chatId: string;
  readonly message: Outgoing;
}

/**
 * A gateway without a wire: what is written goes straight to the bot, what the bot sends is kept to be looked at.
 *
 * @example
 * const gateway = new MemoryGateway();
 * await gateway.start((message) => …);
 * gateway.write({ from: '+12025550100', text: '!help' });
 */
export class MemoryGateway implements Gateway {
  readonly channel: Channel;
  /** All that was sent, in order. */
  readonly sent: Sent[] = [];
  readonly #now: () => number;
  readonly #failures: Error[] = [];
  #deliver: ((message: IncomingMessage) => void) | null = null;
  #isClosed = false;
  #keys = 0;

  constructor({ channel = 'whatsapp', now = Date.now }: { channel?: Channel; now?: () => number } = {}) {
    this.channel = channel;
    this.#now = now;
  }

  async start(deliver: (message: IncomingMessage) => void): Promise<void> {
    if (this.#isClosed) throw new Error('the gateway is closed');
    this.#deliver = deliver;
  }

  /** Somebody writes. Returns the message's key, with which it can be delivered again, edited or quoted. */
  write(written: Written): string {
    const { from, name, text, group, mentions = [], quoted, isToBot, at = this.#now(), change } = written;
    const key = written.key ?? `memory-${++this.#keys}`;
    const chat: Chat =
      group === undefined
        ? { id: this.directChat(from), isGroup: false }
        : { id: this.groupChat(group), isGroup: true, name: group };
    if (this.#isClosed) return key;
    if (this.#deliver === null) throw new Error('the gateway was not started');
    this.#deliver({
      key,
      channel: this.channel,
      chat,
      sender: { address: from, ...(name !== undefined && { name }) },
      text,
      at,
      mentions,
      ...(quoted !== undefined && { quoted }),
      ...(isToBot !== undefined && { isToBot }),
      ...(change !== undefined && { change }),
    });
    return key;
  }

  /** The next send fails with this; called again, the one after it as well. */
  failNextSend(error = new Error('the line is dead')): void {
    this.#failures.push(error);
  }

  async send(chatId: string, message: Outgoing): Promise<void> {
    if (this.#isClosed) throw new Error('the gateway is closed');
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
    this.sent.push({ chatId, message });
  }

  directChat(address: Address): string {
    return `direct:${address}`;
  }

  groupChat(name: string): string {
    return `group:${name}`;
  }

  status(): GatewayStatus {
    if (this.#isClosed) return { state: 'closed' };
    return { state: this.#deliver === null ? 'starting' : 'ready' };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#deliver = null;
  }
}
