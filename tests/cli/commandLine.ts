import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/main.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { tempFolder } from '../support/tempFolder.js';

export interface Said {
  status: number;
  stdout: string;
  stderr: string;
}

/** A folder somebody stands in, with the environment they have, and command lines run there in this process. */
export class Desk {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly #listeners = new Set<(signal: string) => void>();

  constructor(env: Record<string, string> = {}, folder = tempFolder()) {
    this.folder = folder;
    this.env = { REEVE_LOG_LEVEL: 'fatal', REEVE_TIMEZONE: 'UTC', ...env };
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  /** Every file and folder there, however deep. */
  get files(): string[] {
    return readdirSync(this.folder, { recursive: true }).map(String).sort();
  }

  /** What commands listen for now. */
  get listening(): number {
    return this.#listeners.size;
  }

  signal(name: string): void {
    for (const listener of [...this.#listeners]) listener(name);
  }

  async reeve(argv: readonly string[], { input = '', stdout = new Collector() } = {}): Promise<Said> {
    const stderr = new Collector();
    const terminal: Terminal = {
      stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
      stdout,
      stderr,
      cwd: this.folder,
      env: this.env,
      now: () => Date.now(),
      onSignal: (work) => {
        this.#listeners.add(work);
        return () => this.#listeners.delete(work);
      },
    };
    const status = await run(argv, terminal);
    return { status, stdout: stdout.text, stderr: stderr.text };
  }

  /** Records events given as objects; the receipts or refusals, in order. */
  async record(...events: object[]): Promise<Said & { answers: Answer[] }> {
    const input = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    return this.recordLines(input);
  }

  async recordLines(input: string): Promise<Said & { answers: Answer[] }> {
    const said = await this.reeve(['record'], { input });
    const lines = said.stdout.split('\n').filter((line) => line !== '');
    return { ...said, answers: lines.map((line) => JSON.parse(line) as Answer) };
  }
}

export interface Answer {
  seq?: number;
  id?: string;
  error?: { code: string; message: string; line: number };
}

export class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

export const someEvent = {
  action: 'CONFIG_CHANGE',
  actorPhone: '+12025550100',
  description: 'Prefix changed',
};
