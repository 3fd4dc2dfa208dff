import type { Address } from '../access/address.js';
import type { Role } from '../access/role.js';
import type { Mention } from '../chat/message.js';
import type { Saying } from './answers.js';
import type { Written } from './memoryGateway.js';

/** How somebody stands when a test begins; a stranger where nothing is said. */
export interface Standing {
  readonly role?: Role | undefined;
  /** As the gateway shows it, and as the bot knows it. */
  readonly name?: string | undefined;
  /** On the whitelist. */
  readonly listed?: boolean | undefined;
  readonly active?: boolean | undefined;
}

/** What may go with a message. */
export interface SayOptions {
  readonly mentions?: readonly TestUser[] | undefined;
  /** Whose newest message is answered. */
  readonly replyTo?: TestUser | undefined;
  /** In a group: the bot is mentioned, or a message of its own is answered. */
  readonly toBot?: boolean | undefined;
  /** When it was written, in ms; now where it is not said. */
  readonly at?: number | undefined;
}

/** What people need of the bot they talk to. */
export interface Ear {
  hear(written: Written): Saying;
  /** All texts sent to a chat so far. */
  textsIn(chatId: string): string[];
  directChat(address: Address): string;
}

interface Words {
  says(text: string, options?: SayOptions): Saying;
}

/** Somebody in a test, who talks to the bot directly or in a group. */
export class TestUser implements Words {
  readonly address: Address;
  readonly name: string | undefined;
  readonly #ear: Ear;
  readonly #keys: { newest?: string } = {};
  #written = 0;

  constructor(address: Address, name: string | undefined, ear: Ear) {
    this.address = address;
    this.name = name;
    this.#ear = ear;
  }

  /** Writes in the direct chat. */
  says(text: string, options: SayOptions = {}): Saying {
    return this.#write(text, options);
  }

  /** @example await ana.in('Team').says('!whitelist list') */
  in(group: string): Words {
    return { says: (text, options = {}) => this.#write(text, options, group) };
  }

  /** Changes the newest message, which runs nothing. */
  edits(text: string): Saying {
    const { from, key, name } = { ...this.#sender, key: this.#newest };
    return this.#ear.hear({ from, name, key, text, change: 'edited' });
  }

  /** The newest message arrives once more, as gateways let happen. */
  repeats(text: string): Saying {
    return this.#ear.hear({ ...this.#sender, key: this.#newest, text });
  }

  /** All that was ever sent to the direct chat, such as what others' commands had to tell. */
  get received(): readonly string[] {
    return this.#ear.textsIn(this.#ear.directChat(this.address));
  }

  get #sender() {
    return { from: this.address, name: this.name };
  }

  get #newest(): string {
    if (this.#keys.newest === undefined) throw new Error('nothing was written before');
    return this.#keys.newest;
  }

  #write(text: string, { mentions = [], replyTo, toBot, at }: SayOptions, group?: string): Saying {
    const key = `${this.address} ${++this.#written}`;
    this.#keys.newest = key;
    return this.#ear.hear({
      ...this.#sender,
      key,
      text,
      group,
      at,
      isToBot: toBot,
      mentions: mentions.map(({ address, name }): Mention => ({ address, name })),
      quoted: replyTo && { sender: replyTo.address, key: replyTo.#keys.newest },
    });
  }
}
