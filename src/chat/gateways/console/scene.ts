import { randomUUID } from 'node:crypto';
import { type Address, LOCAL, parseAddress } from '../../../access/address.js';
import type { Chat, IncomingMessage, Mention } from '../../message.js';

/** A message as it stands on the stage, without what only the gateway knows. */
export type Spoken = Omit<IncomingMessage, 'channel'>;

const GROUP = 'console:group:';
const DIRECT = 'console:';

/** How the bot is spoken to in a group. */
export const AT_BOT = '@bot';

/** The direct chat with somebody; with the local user it has the user's own address. */
export const directChat = (address: Address): string => (address === LOCAL ? LOCAL : `${DIRECT}${address}`);

export const isGroupChat = (chatId: string): boolean => chatId.startsWith(GROUP);

/**
 * Who speaks, and where, while one person at a terminal plays them all. Pure: it makes messages and sends none.
 *
 * @example
 * scene.become('+12025550101', 'Bo'); scene.enter('Team'); scene.say('!help', now);
 */
export class Scene {
  #speaker: Address = LOCAL;
  #group: string | null = null;
  readonly #names = new Map<Address, string>();
  readonly #played = new Set<Address>([LOCAL]);
  readonly #groups = new Set<string>();
  /** The newest message of each in each chat, for answers and edits. */
  readonly #newest = new Map<string, Spoken>();
  readonly #country: string | undefined;
  // The inbox remembers keys for days, so those of another day must be others.
  readonly #session = randomUUID();
  #messages = 0;

  constructor(country?: string) {
    this.#country = country;
  }

  get speaker(): Address {
    return this.#speaker;
  }

  get group(): string | null {
    return this.#group;
  }

  /** All who were played so far, the local user first. */
  get played(): readonly Address[] {
    return [...this.#played];
  }

  get groups(): readonly string[] {
    return [...this.#groups];
  }

  become(address: Address, name?: string): void {
    if (name !== undefined) this.#names.set(address, name);
    this.#played.add(address);
    this.#speaker = address;
  }

  enter(group: string): void {
    this.#groups.add(group);
    this.#group = group;
  }

  leave(): void {
    this.#group = null;
  }

  nameOf(address: Address): string | undefined {
    return this.#names.get(address);
  }

  /** Somebody by name, by number, or by what WhatsApp calls them. */
  find(words: string): Address | null {
    const bare = words.replace(/^@/, '').trim();
    if (/^(?:me|local)$/i.test(bare)) return LOCAL;
    const wanted = bare.toLowerCase();
    for (const [address, name] of this.#names) if (name.toLowerCase() === wanted) return address;
    return parseAddress(bare, this.#country);
  }

  get chat(): Chat {
    if (this.#group === null) return { id: directChat(this.#speaker), isGroup: false };
    return { id: `${GROUP}${this.#group}`, isGroup: true, name: this.#group };
  }

  /** How a chat is called: the group's name, or whose direct chat it is. */
  labelOf(chatId: string): string {
    if (isGroupChat(chatId)) return chatId.slice(GROUP.length);
    const address = chatId === LOCAL ? LOCAL : chatId.slice(DIRECT.length);
    return this.label(address);
  }

  label(address: Address): string {
    return address === LOCAL ? 'you' : (this.#names.get(address) ?? address);
  }

  say(text: string, at: number, quoted?: Spoken): Spoken {
    const name = this.#names.get(this.#speaker);
    const message: Spoken = {
      key: `${this.#session}-${++this.#messages}`,
      chat: this.chat,
      sender: { address: this.#speaker, ...(name !== undefined && { name }) },
      text,
      at,
      mentions: this.#mentionsIn(text),
      ...(this.#group !== null && isToBot(text) && { isToBot: true }),
      ...(quoted !== undefined && {
        quoted: { sender: quoted.sender.address, key: quoted.key, text: quoted.text },
      }),
    };
    this.#newest.set(this.#place(this.#speaker), message);
    return message;
  }

  /** The newest message of somebody in this chat; null where they wrote none. */
  newestOf(address: Address): Spoken | null {
    return this.#newest.get(this.#place(address)) ?? null;
  }

  /** What becomes of the speaker's newest message here; null where there is none. */
  change(how: 'edited' | 'revoked', text: string): Spoken | null {
    const before = this.newestOf(this.#speaker);
    if (before === null) return null;
    const changed = { ...before, text, mentions: this.#mentionsIn(text), change: how };
    if (how === 'revoked') this.#newest.delete(this.#place(this.#speaker));
    return changed;
  }

  /** Nobody who was played and is meant by this is remembered. Returns how many there were. */
  forget(isAbout: (text: string) => boolean): number {
    const gone = [...this.#played].filter(
      (address) => address !== LOCAL && (isAbout(address) || isAbout(this.#names.get(address) ?? '')),
    );
    for (const address of gone) {
      this.#played.delete(address);
      this.#names.delete(address);
    }
    for (const [place, { text, sender }] of this.#newest)
      if (isAbout(place) || isAbout(text) || isAbout(sender.name ?? '')) this.#newest.delete(place);
    return gone.length;
  }

  #place(address: Address): string {
    return `${this.chat.id} ${address}`;
  }

  #mentionsIn(text: string): Mention[] {
    const mentions = new Map<Address, Mention>();
    // Longer texts hold no more mentions than that, and would only cost time.
    for (const [, words] of [...text.slice(0, 4096).matchAll(/(?<!\S)@([\p{L}\p{N}+:._-]+)/gu)].slice(
      0,
      50,
    )) {
      const bare = words!.replace(/[:.]+$/, '');
      const address = this.find(bare) ?? this.find(`+${bare}`);
      if (address === null) continue;
      const name = this.#names.get(address);
      mentions.set(address, { address, ...(name !== undefined && { name }) });
    }
    return [...mentions.values()];
  }
}

const isToBot = (text: string): boolean =>
  text
    .toLowerCase()
    .split(/\s+/, 500)
    .some((word) => /^@bot[,.:!?]*$/.test(word));
