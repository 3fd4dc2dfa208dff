import type { AuditItem } from '../audit/repository.js';
import { entryLine, type Reader } from './sentence.js';
import { lines, say, type Text } from './text.js';

/** So many are told one by one; of more, the rest is counted. */
const SHOWN = 5;
/** Of so many actions the number is told. */
const NAMED = 4;

/** Live events that go into one message: the first ones in full, the rest as numbers. Memory stays bounded. */
export class Burst {
  readonly #shown: AuditItem[] = [];
  /** How many of each action are not shown. */
  readonly #more = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#shown.length === 0;
  }

  /** Those that are told one by one. */
  get shown(): readonly AuditItem[] {
    return this.#shown;
  }

  add(item: AuditItem): void {
    if (this.#shown.length < SHOWN) this.#shown.push(item);
    else this.#count(item.action, 1);
  }

  /** This one and what came after it. */
  with(later: Burst): Burst {
    const both = new Burst();
    for (const item of [...this.#shown, ...later.#shown]) both.add(item);
    for (const { action, count } of [...this.#counts(), ...later.#counts()]) both.#count(action, count);
    return both;
  }

  tell(reader: Reader): Text {
    const counts = this.#counts().sort((a, b) => b.count - a.count);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const named = counts.slice(0, NAMED).map(({ action, count }) => `${count} ${action}`);
    const rest = counts.length > NAMED ? ', …' : '';
    return lines(
      ...this.#shown.map((item) => entryLine(item, reader)),
      total > 0 && say`… and ${total} more: ${named.join(', ')}${rest}`,
    );
  }

  #count(action: string, count: number): void {
    this.#more.set(action, (this.#more.get(action) ?? 0) + count);
  }

  #counts(): { action: string; count: number }[] {
    return [...this.#more].map(([action, count]) => ({ action, count }));
  }
}
