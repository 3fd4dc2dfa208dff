import type { Address } from '../access/address.js';
import type { Channel } from '../audit/catalogue/action.js';

/** Where a message was written. */
export interface Chat {
  readonly id: string;
  readonly isGroup: boolean;
  readonly name?: string | undefined;
}

export interface Mention {
  readonly address: Address;
  readonly name?: string | undefined;
}

/** A message as every gateway hands it over. Whoever reads it knows nothing of the wire. */
export interface IncomingMessage {
  /** The same however often the message is delivered, and no other message's. */
  readonly key: string;
  readonly channel: Channel;
  readonly chat: Chat;
  /** By what the gateway knows the sender; which person that is, `access` decides. */
  readonly sender: { readonly address: Address; readonly name?: string | undefined };
  readonly text: string;
  /**
   * In a group: it mentions the bot, or answers one of its messages. Only the gateway knows which address is the
   * bot's. What is said to nobody in particular is not for the assistant.
   */
  readonly isToBot?: boolean | undefined;
  /** When it was written, in ms. */
  readonly at: number;
  readonly mentions: readonly Mention[];
  /** The message this one answers to. */
  readonly quoted?:
    | {
        readonly sender: Address;
        readonly key?: string | undefined;
        /** What it says, as far as the gateway can tell. Whoever answers could have changed it. */
        readonly text?: string | undefined;
      }
    | undefined;
  /** It is not new, but what became of an earlier one, whose key it has. Such a one never runs a command. */
  readonly change?: 'edited' | 'revoked' | undefined;
}
