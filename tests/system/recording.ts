import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { afterEach } from '@jest/globals';
import { environmentAt, type Place } from './place.js';
import { PROGRAM } from './reeve.js';

export interface Receipt {
  seq: number;
  id: string;
}
export interface Refusal {
  error: { code: string; message: string; line: number };
}
export type Answer = Receipt | Refusal;

const running = new Set<Recording>();

/** A `reeve record` that runs: lines go in, answers come out, and it may be killed at any moment. */
export class Recording {
  /** Every answer that was printed whole, in order. */
  readonly answers: Answer[] = [];
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #errors = '';
  #over = false;
  readonly #waiting = new Set<() => void>();

  constructor(place: Place, more: Record<string, string> = {}) {
    this.#process = spawn(process.execPath, [PROGRAM, 'record'], {
      cwd: tmpdir(),
      env: environmentAt(place, more),
    });
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.on('data', (text) => {
      this.#errors += text;
    });
    const lines = createInterface({ input: this.#process.stdout });
    lines.on('line', (line) => this.#take(line));
    this.#ended = once(this.#process, 'close').then(([status]) => {
      this.#over = true;
      running.delete(this);
      this.#wake();
      return status as number | null;
    });
    running.add(this);
  }

  /** The receipts among the answers. */
  get receipts(): Receipt[] {
    return this.answers.filter((answer) => 'seq' in answer);
  }

  get stderr(): string {
    return this.#errors;
  }

  send(lines: readonly string[]): void {
    if (lines.length > 0 && !this.#over) this.#process.stdin.write(`${lines.join('\n')}\n`);
  }

  /** Resolves when so many answers have come, or none can come any more; true for the first. */
  async answered(count: number): Promise<boolean> {
    while (this.answers.length < count && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
    return this.answers.length >= count;
  }

  /** Ends its input; resolves to its exit status once it has ended by itself. */
  end(): Promise<number | null> {
    this.#process.stdin.end();
    return this.#ended;
  }

  /** Ends it at once, as a power cut would end the process. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #wake(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  #take(line: string): void {
    let answer: Answer;
    try {
      answer = JSON.parse(line) as Answer;
    } catch {
      return; // A kill in the middle of a line: it is nobody's receipt.
    }
    this.answers.push(answer);
    this.#wake();
  }
}

afterEach(async () => {
  for (const recording of [...running]) await recording.kill();
});
