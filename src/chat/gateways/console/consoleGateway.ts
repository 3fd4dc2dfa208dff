import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Address, LOCAL } from '../../../access/address.js';
import type { Attachment, Gateway, GatewayStatus, Outgoing } from '../../gateway.js';
import type { IncomingMessage } from '../../message.js';
import { saveFile } from './files.js';
import { History } from './history.js';
import { bright, faint, onTerminal } from './markup.js';
import { directChat, isGroupChat, Scene, type Spoken } from './scene.js';
import { Screen, type Streams } from './screen.js';
import { completeSlash, isSlash, runSlash } from './slash.js';

export interface ConsoleParts extends Streams {
  /** Where the history is kept and files are saved. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): number;
  /** The country of numbers without a country code. */
  readonly country?: string | undefined;
  /** What commands of the bot begin with; the console's own begin with something else. */
  readonly prefix: string;
  /** One JSON object a line instead of text, for programs. */
  readonly asJson?: boolean | undefined;
}

/** What the console asks of the bot behind it; all of it may be missing. */
export interface Behind {
  /** Resolves when everything that was delivered has been dealt with. */
  readonly settled?: (() => Promise<void>) | undefined;
  /** Why a message without an answer has none, where that can be said. */
  readonly whySilent?: ((message: Spoken) => Promise<string | null>) | undefined;
  /** What could stand in the place of the last word of a message. */
  readonly complete?: ((text: string, who: Completing) => Promise<string[]>) | undefined;
}

/** Who types, where, and who else could be meant. */
export interface Completing {
  readonly speaker: Address;
  readonly people: readonly string[];
  readonly isGroup: boolean;
}

/** The longest message that a chat takes. */
const LONGEST = 65_536;

/**
 * A chat for one person at a terminal, who may play others as well. On a terminal it has a prompt with history,
 * completion and colours. Piped it reads lines, lets the bot answer one after the other, and ends when the last one
 * has been answered.
 *
 * @example
 * const gateway = new ConsoleGateway({ input: process.stdin, output: process.stdout, … });
 * await bot.start(); await gateway.ended; await bot.close();
 */
export class ConsoleGateway implements Gateway {
  readonly channel = 'console';
  /** Resolves when no more will be written: the input has ended and all of it was answered, or `/quit`. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  readonly #parts: ConsoleParts;
  readonly #scene: Scene;
  readonly #history: History;
  readonly #hasColours: boolean;
  /** Not `/` where that begins the bot's own commands. */
  readonly #sign: string;
  #behind: Behind = {};
  #screen: Screen | null = null;
  #deliver: ((message: IncomingMessage) => void) | null = null;
  #isClosed = false;
  readonly #lines: string[] = [];
  #isAtEnd = false;
  #isBusy = false;
  /** How much was sent so far, to tell whether a message was answered. */
  #sends = 0;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    const { folder, env, output, prefix } = parts;
    this.#scene = new Scene(parts.country);
    this.#history = new History(join(folder, 'history'));
    this.#sign = prefix.startsWith('/') ? ':' : '/';
    this.#hasColours = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
    let end = () => {};
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.#end = end;
  }

  /** Ties it to the bot that answers. */
  tie(behind: Behind): void {
    this.#behind = behind;
  }

  /** Whether somebody sits at a prompt. */
  get isTerminal(): boolean {
    const { input, output, asJson } = this.#parts;
    return input.isTTY === true && output.isTTY === true && asJson !== true;
  }

  /** Whether nobody has typed anything at this prompt yet. */
  get isNew(): boolean {
    return this.#history.read().length === 0;
  }

  /** What the console's own words begin with. */
  get sign(): string {
    return this.#sign;
  }

  async start(deliver: (message: IncomingMessage) => void): Promise<void> {
    if (this.#isClosed) throw new Error('the gateway is closed');
    this.#deliver = deliver;
    const { input, output } = this.#parts;
    this.#screen = new Screen({
      input,
      output,
      isInteractive: this.isTerminal,
      history: this.isTerminal ? this.#history.read() : [],
      events: {
        line: (line) => {
          this.#lines.push(line);
          void this.#work();
        },
        end: () => {
          this.#isAtEnd = true;
          void this.#work();
        },
        complete: (line) => this.#complete(line),
      },
    });
    this.#prompt();
  }

  async send(chatId: string, message: Outgoing): Promise<void> {
    if (this.#isClosed) throw new Error('the gateway is closed');
    this.#sends += 1;
    const { text, document, picture, reaction } = message;
    if (this.#parts.asJson) return this.#write(`${JSON.stringify(this.#asJson(chatId, message))}\n`);
    const lines: string[] = [];
    if (chatId !== this.#scene.chat.id) {
      const label = this.#scene.labelOf(chatId);
      lines.push(this.#faint(isGroupChat(chatId) ? `[in the group ${label}]` : `[to ${label}, direct]`));
    }
    if (text !== undefined) lines.push(onTerminal(text, this.#hasColours));
    for (const [kind, file] of [
      ['document', document],
      ['picture', picture],
    ] as const) {
      if (file === undefined) continue;
      const path = saveFile(this.#parts.folder, file);
      lines.push(this.#faint(`[${kind}, ${file.bytes.length.toLocaleString('en')} bytes] ${path}`));
    }
    if (reaction !== undefined) lines.push(this.#faint(`[reaction] ${onTerminal(reaction, false)}`));
    await this.#write(`${lines.join('\n')}\n\n`);
  }

  /** Where the program's log goes while there is a prompt: above it, and not through it. */
  logTo(stream: Writable): { write(line: string): void } {
    return {
      write: (line) => {
        if (this.#screen === null) stream.write(line);
        else this.#screen.above(stream, line);
      },
    };
  }

  /** Reads no more. What is under way is still answered. */
  stopReading(): void {
    this.#lines.length = 0;
    this.#screen?.close();
  }

  directChat(address: Address): string {
    return directChat(address);
  }

  status(): GatewayStatus {
    if (this.#isClosed) return { state: 'closed' };
    if (this.#screen === null) return { state: 'starting' };
    return { state: 'ready', detail: this.isTerminal ? 'a terminal' : 'lines from a pipe' };
  }

  async forget(isAbout: (text: string) => boolean): Promise<number> {
    return this.#scene.forget(isAbout);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#deliver = null;
    this.#lines.length = 0;
    this.#screen?.close();
    this.#end();
  }

  /** One line after the other: the answer to each stands below it, whatever is typed or piped ahead. */
  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      await this.#take(line);
      this.#screen?.next();
    }
    this.#isBusy = false;
    if (this.#isAtEnd) this.#end();
    else this.#prompt();
  }

  async #take(line: string): Promise<void> {
    if (line.trim() === '') return;
    if (this.isTerminal) this.#history.add(line);
    const { now } = this.#parts;
    const bare = line.trimStart();
    if (isSlash(bare, this.#sign)) {
      const done = runSlash(bare, { scene: this.#scene, now: now(), sign: this.#sign });
      if (done.note !== undefined) await this.#note(done.note);
      if (done.message !== undefined) await this.#hand(done.message);
      if (done.isEnd) this.stopReading();
      return;
    }
    const text = bare.startsWith(this.#sign + this.#sign) ? bare.slice(this.#sign.length) : line;
    if (text.length > LONGEST) {
      const length = text.length.toLocaleString('en');
      return this.#note(`[not sent: ${length} characters, and no chat takes more than 65,536]`);
    }
    await this.#hand(this.#scene.say(text, now()));
  }

  async #hand(message: Spoken): Promise<void> {
    const before = this.#sends;
    this.#deliver?.({ ...message, channel: this.channel });
    if (this.#behind.settled === undefined) return;
    await this.#behind.settled();
    // Silence is an answer as well (to who is inactive, or wrote too much), and should not look like a fault.
    if (this.#sends > before || this.#isClosed) return;
    const why = (await this.#behind.whySilent?.(message).catch(() => null)) ?? null;
    await this.#note(why === null ? '[no answer]' : `[no answer: ${why}]`);
  }

  async #complete(line: string): Promise<string[]> {
    const bare = line.trimStart();
    if (isSlash(bare, this.#sign)) return completeSlash(bare, this.#scene, this.#sign);
    const { speaker, played, group } = this.#scene;
    const names = played.flatMap((address) => this.#scene.nameOf(address) ?? []);
    const people = [
      ...names.filter((name) => !name.includes(' ')).map((name) => `@${name}`),
      ...played.filter((address) => address !== LOCAL),
    ];
    return (await this.#behind.complete?.(line, { speaker, people, isGroup: group !== null })) ?? [];
  }

  #prompt(): void {
    const { speaker, group } = this.#scene;
    const who = `${this.#scene.label(speaker)}${group === null ? '' : ` in ${group}`}`;
    this.#screen?.prompt(`${bright(onTerminal(who, false), this.#hasColours)} ${this.#faint('>')} `);
  }

  #asJson(chat: string, { text, document, picture, reaction, quotes }: Outgoing): object {
    const saved = (file: Attachment | undefined) => file && saveFile(this.#parts.folder, file);
    return {
      event: 'message',
      chat,
      text,
      document: saved(document),
      picture: saved(picture),
      reaction,
      quotes,
    };
  }

  /** A word of the console itself. Where nobody reads any more it is nobody's loss. */
  async #note(text: string): Promise<void> {
    const json = () => `${JSON.stringify({ event: 'note', text })}\n`;
    const words = () => `${this.#faint(onTerminal(text, false))}\n\n`;
    await this.#write(this.#parts.asJson ? json() : words()).catch(() => {});
  }

  async #write(text: string): Promise<void> {
    if (this.#screen !== null) return this.#screen.write(text);
    await new Promise<void>((resolve, reject) => {
      this.#parts.output.write(text, (error) => (error == null ? resolve() : reject(error)));
    });
  }

  #faint(text: string): string {
    return faint(text, this.#hasColours);
  }
}
