/**
 * A gateway of one's own: messages come and go as lines of JSON. What a gateway has to do is all here: hand over who
 * wrote what and where, with a key that no other message has, and send answers to a chat.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class JsonLines {
  channel = 'cli';
  #input;
  #output;
  #lines = null;
  /** Resolves when there is nothing more to read. */
  ended;
  #end;

  constructor(input, output) {
    this.#input = input;
    this.#output = output;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async start(deliver) {
    this.#lines = createInterface({ input: this.#input });
    this.#lines.on('close', this.#end);
    this.#lines.on('line', (line) => {
      const { id, from, name, group, text } = JSON.parse(line);
      deliver({
        key: id,
        channel: this.channel,
        chat:
          group === undefined
            ? { id: this.directChat(from), isGroup: false }
            : { id: group, isGroup: true, name: group },
        sender: { address: from, name },
        text,
        at: Date.now(),
        mentions: [],
      });
    });
  }

  async send(chatId, { text, document, picture, reaction, quotes }) {
    const files = [document, picture].filter((file) => file !== undefined).map(({ name }) => name);
    const line = JSON.stringify({ to: chatId, text, files, reaction, quotes });
    if (!this.#output.write(`${line}\n`)) await once(this.#output, 'drain');
  }

  directChat(address) {
    return `direct ${address}`;
  }

  status() {
    return { state: this.#lines === null ? 'starting' : 'ready' };
  }

  async close() {
    this.#lines?.close();
  }
}
