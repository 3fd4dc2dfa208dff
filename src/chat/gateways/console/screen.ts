import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Where the console reads and writes. */
export interface Streams {
  readonly input: Readable & { isTTY?: boolean };
  readonly output: Writable & { isTTY?: boolean; columns?: number };
}

export interface ScreenEvents {
  line(line: string): void;
  /** No more lines will come: the end of the input, Ctrl-D, or Ctrl-C on an empty line. */
  end(): void;
  complete(line: string): Promise<string[]>;
}

export interface ScreenOptions extends Streams {
  /** Newest first. */
  readonly history: readonly string[];
  readonly events: ScreenEvents;
  /** With a prompt; else plain lines. */
  readonly isInteractive: boolean;
}

/** Lines that were read ahead and wait for their turn; more would only cost memory. */
const AHEAD = 200;

/**
 * A prompt on a terminal, or plain lines where input or output is a file or a pipe. What is written while somebody
 * types goes above what they have typed so far.
 */
export class Screen {
  readonly #isInteractive: boolean;
  readonly #streams: Streams;
  readonly #readline: Interface;
  #isPrompting = false;
  #isClosed = false;
  #waiting = 0;

  constructor({ input, output, history, events, isInteractive }: ScreenOptions) {
    this.#streams = { input, output };
    this.#isInteractive = isInteractive;
    this.#readline = createInterface({
      input,
      ...(isInteractive && { output, history: [...history], historySize: 500 }),
      terminal: isInteractive,
      removeHistoryDuplicates: true,
      crlfDelay: Number.POSITIVE_INFINITY,
      completer: (line: string, done: (error: Error | null, found: [string[], string]) => void) => {
        const last = /\S*$/.exec(line)![0];
        events.complete(line).then(
          (found) => done(null, [found.length === 1 ? [`${found[0]}${gap(found[0]!)}`] : found, last]),
          () => done(null, [[], last]),
        );
      },
    });
    this.#readline.on('line', (line) => {
      this.#isPrompting = false;
      this.#waiting += 1;
      if (this.#waiting >= AHEAD) this.#readline.pause();
      events.line(line);
    });
    this.#readline.on('SIGINT', () => {
      if (this.#readline.line === '') return this.#readline.close();
      // As a shell does: what was typed is dropped, and one begins anew.
      this.#streams.output.write('^C\n');
      this.#readline.write(null, { ctrl: true, name: 'e' });
      this.#readline.write(null, { ctrl: true, name: 'u' });
    });
    this.#readline.on('close', () => {
      // The prompt's line stays as it is; what follows begins below it.
      if (this.#isPrompting) this.#streams.output.write('\n');
      this.#isPrompting = false;
      this.#isClosed = true;
      events.end();
    });
    input.on('error', () => this.#readline.close());
  }

  /** One line was dealt with. */
  next(): void {
    this.#waiting -= 1;
    if (!this.#isClosed && this.#waiting < AHEAD) this.#readline.resume();
  }

  prompt(text: string): void {
    if (!this.#isInteractive || this.#isClosed) return;
    this.#readline.setPrompt(text);
    this.#readline.prompt(true);
    this.#isPrompting = true;
  }

  /** Resolves when the text was handed to the system; rejects where nobody reads any more. */
  async write(text: string): Promise<void> {
    const { output } = this.#streams;
    if (output.destroyed || output.writableEnded) throw new Error('nobody reads the console any more');
    await new Promise<void>((resolve, reject) => {
      this.#aroundPrompt(() => output.write(text, (error) => (error == null ? resolve() : reject(error))));
    });
  }

  /** Writes to another stream that may end on the same terminal. */
  above(stream: Writable, text: string): void {
    this.#aroundPrompt(() => stream.write(text));
  }

  close(): void {
    this.#readline.close();
  }

  #aroundPrompt(write: () => void): void {
    const isPrompting = this.#isPrompting;
    if (isPrompting) this.#clearPrompt();
    write();
    if (isPrompting) this.#readline.prompt(true);
  }

  #clearPrompt(): void {
    const { output } = this.#streams;
    moveCursor(output, 0, -this.#readline.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
  }
}

/** After a word that is complete one goes on typing; after `reason:` or a beginning one does not. */
const gap = (word: string): string => (word.endsWith(':') ? '' : ' ');
