import type { Terminal } from './terminal.js';

/** Told how far something is. May throw to stop it. */
export type OnProgress = (done: number, total: number) => void;

const SHOW_AFTER_MS = 1000;
const REFRESH_MS = 200;

/**
 * How far long work is, with rate and time left, for a person who is looking: on a terminal only, and only when it
 * takes over a second.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #start: number;
  #shown = 0;
  #visible = false;

  constructor(terminal: Terminal, what: string) {
    this.#terminal = terminal;
    this.#what = what;
    this.#start = terminal.now();
  }

  at(done: number, total: number): void {
    const { stderr } = this.#terminal;
    const now = this.#terminal.now();
    if (!stderr.isTTY || now - this.#start < SHOW_AFTER_MS || now - this.#shown < REFRESH_MS) return;
    this.#shown = now;
    this.#visible = true;
    const rate = done / ((now - this.#start) / 1000);
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const left = rate > 0 ? Math.ceil((total - done) / rate) : 0;
    const bar = '█'.repeat(Math.round(share * 20)).padEnd(20, '░');
    const text = `${this.#what} ${bar} ${Math.floor(share * 100)} % · ${count(done)} of ${count(total)} · ${count(Math.round(rate))}/s · ${seconds(left)} left`;
    stderr.write(`\r\u001b[2K${text.slice(0, (stderr.columns ?? 100) - 1)}`);
  }

  end(): void {
    if (this.#visible) this.#terminal.stderr.write('\r\u001b[2K');
  }
}

/** 1234567 → 1,234,567 */
export const count = (number: number): string => number.toLocaleString('en-US');

function seconds(total: number): string {
  return total < 90 ? `${total} s` : `${Math.round(total / 60)} min`;
}
