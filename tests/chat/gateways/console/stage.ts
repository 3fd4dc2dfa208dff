import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach } from '@jest/globals';
import type { Outgoing } from '../../../../src/chat/gateway.js';
import { type Behind, ConsoleGateway } from '../../../../src/chat/gateways/console/consoleGateway.js';
import type { IncomingMessage } from '../../../../src/chat/message.js';
import { tempFolder } from '../../../support/tempFolder.js';

export interface StageOptions {
  isTerminal?: boolean;
  env?: Record<string, string>;
  folder?: string;
  prefix?: string;
  country?: string;
  complete?: Behind['complete'];
  /** What the bot answers to a message. */
  answer?: (message: IncomingMessage) => Outgoing | null | Promise<Outgoing | null>;
}

const open = new Set<ConsoleGateway>();
afterEach(async () => {
  for (const gateway of open) await gateway.close();
  open.clear();
});

/** A console whose keyboard and screen are the test's, with a small bot behind it. */
export class Stage {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly folder: string;
  readonly gateway: ConsoleGateway;
  readonly received: IncomingMessage[] = [];
  screen = '';
  readonly #answer: StageOptions['answer'];
  #settling: Promise<unknown> = Promise.resolve();

  private constructor(options: StageOptions) {
    const { isTerminal = false, env = {}, prefix = '!', country, complete } = options;
    this.folder = options.folder ?? join(tempFolder(), 'console');
    this.#answer = options.answer;
    if (isTerminal) for (const stream of [this.input, this.output]) Object.assign(stream, { isTTY: true });
    Object.assign(this.output, { columns: 80 });
    this.output.on('data', (text) => {
      this.screen += text;
    });
    const now = () => 1_000;
    const { input, output, folder } = this;
    this.gateway = new ConsoleGateway({ input, output, folder, env, prefix, country, now });
    this.gateway.tie({
      settled: async () => {
        await this.#settling;
      },
      complete,
    });
    open.add(this.gateway);
  }

  /** One that nobody listens to yet. */
  static stopped(options: StageOptions = {}): Stage {
    return new Stage(options);
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    await stage.gateway.start((message) => {
      stage.received.push(message);
      stage.#settling = stage.#settling.then(async () => {
        const answer = (await stage.#answer?.(message)) ?? null;
        if (answer !== null) await stage.gateway.send(message.chat.id, answer);
      });
    });
    return stage;
  }

  type(text: string): void {
    this.input.write(text);
  }

  /** Resolves once the screen holds it, from `from` characters on. */
  async shows(wanted: string | RegExp, from = 0): Promise<void> {
    const isThere = () => {
      const text = this.screen.slice(from);
      return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
    };
    while (!isThere()) await new Promise((resolve) => this.output.once('data', resolve));
  }

  /** Pipes everything in, and resolves to what was printed when the console has ended. */
  async pipe(text: string): Promise<string> {
    this.input.end(text);
    await this.gateway.ended;
    return this.screen;
  }
}
