import type { Address } from '../access/address.js';
import type { Channel } from '../audit/catalogue/action.js';
import type { IncomingMessage } from './message.js';
import type { Services } from './services.js';

/** A file that goes with a message. */
export interface Attachment {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer;
}

/** One message to be sent. Its text is final: short enough, and safe. */
export interface Outgoing {
  readonly text?: string | undefined;
  readonly document?: Attachment | undefined;
  readonly picture?: Attachment | undefined;
  /** An emoji put to the message `quotes`. */
  readonly reaction?: string | undefined;
  /** The key of the message that is answered. */
  readonly quotes?: string | undefined;
  /** Nobody asked for it just now: a gateway may slow such messages down. */
  readonly isUnasked?: boolean | undefined;
}

export interface GatewayStatus {
  /** One word: `ready`, `starting`, `lost` … */
  readonly state: string;
  readonly detail?: string | undefined;
}

/** What a gateway may use of the bot that it works for. */
export type GatewayServices = Pick<Services, 'record' | 'identities' | 'breakers' | 'log'>;

/**
 * The way messages come and go. All that a host has to write for a gateway of its own; `console`, the test bot's
 * and WhatsApp's are three of them.
 */
export interface Gateway {
  readonly channel: Channel;
  /** Handed over once, before the start, to a gateway that has a use for it. */
  attach?(services: GatewayServices): void;
  /** Begins to hand messages over. Resolves once it is under way, not once it is connected. */
  start(deliver: (message: IncomingMessage) => void): Promise<void>;
  /** Resolves when the message was handed over; rejects where it was not, or where that is unknown. */
  send(chatId: string, message: Outgoing): Promise<void>;
  /** The direct chat with somebody. */
  directChat(address: Address): string;
  status(): GatewayStatus;
  /** Forgets what it keeps of somebody itself, in memory or in files. Returns how much that was. */
  forget?(isAbout: (text: string) => boolean): Promise<number>;
  /** Sends what is pending and ends. */
  close(): Promise<void>;
}
