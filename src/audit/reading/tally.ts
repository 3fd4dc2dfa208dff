import type { SqlValue } from '../../store/sql.js';
import { actorKey, actorOfKey } from '../index/rollup.js';
import type { Periods } from './periods.js';

/** How often something occurred, most frequent first. */
export type Counts = Record<string, number>;

export interface ActorTotal {
  /** Both null for entries without an actor, or whose actor was erased; null as well where an id alone is known. */
  actorPhone: string | null;
  actorId: string | null;
  count: number;
}

export interface Combination {
  category: string;
  action: string;
  outcome: string;
  count: number;
}

export interface PeriodTotal {
  /** The instant at which the hour or day begins. */
  start: number;
  count: number;
}

/** The columns that a tally is made from. */
export const TALLIED = [
  'seq',
  'at',
  'category',
  'action',
  'outcome',
  'entityType',
  'actorPhone',
  'actorId',
] as const;

/** An entry's place in the ledger and in time. */
export interface Moment {
  seq: number;
  at: number;
}

/** Counts entries in every way that is asked for. */
export class Tally {
  readonly #periods: Periods | null;
  readonly #combinations = new Map<string, Combination>();
  readonly #actors = new Map<string, number>();
  readonly #types = new Map<string, number>();
  readonly #byPeriod = new Map<number, number>();
  total = 0;
  first: Moment | null = null;
  last: Moment | null = null;

  constructor(periods: Periods | null) {
    this.#periods = periods;
  }

  /** Adds rows of the columns TALLIED. */
  addRows(rows: readonly (readonly SqlValue[])[]): void {
    for (const [seq, at, category, action, outcome, type, phone, id] of rows) {
      this.total += 1;
      this.addCombination(category as string, action as string, outcome as string, 1);
      this.addActor(actorKey(phone as string | null, id as string | null), 1);
      const entityType = (type as string | null) ?? '';
      this.#types.set(entityType, (this.#types.get(entityType) ?? 0) + 1);
      if (this.#periods !== null) this.addPeriod(this.#periods.startOf(at as number), 1);
      const moment = { seq: seq as number, at: at as number };
      if (this.first === null || moment.seq < this.first.seq) this.first = moment;
      if (this.last === null || moment.seq > this.last.seq) this.last = moment;
    }
  }

  addCombination(category: string, action: string, outcome: string, count: number): void {
    const key = `${category}\0${action}\0${outcome}`;
    const known = this.#combinations.get(key);
    if (known === undefined) this.#combinations.set(key, { category, action, outcome, count });
    else known.count += count;
  }

  addActor(key: string, count: number): void {
    this.#actors.set(key, (this.#actors.get(key) ?? 0) + count);
  }

  addPeriod(start: number, count: number): void {
    this.#byPeriod.set(start, (this.#byPeriod.get(start) ?? 0) + count);
  }

  get combinations(): Combination[] {
    return [...this.#combinations.values()].sort(
      (a, b) => b.count - a.count || compare(a.action, b.action) || compare(a.outcome, b.outcome),
    );
  }

  by(what: 'category' | 'action' | 'outcome'): Counts {
    const sums = new Map<string, number>();
    for (const combination of this.#combinations.values()) {
      sums.set(combination[what], (sums.get(combination[what]) ?? 0) + combination.count);
    }
    return countsOf(sums);
  }

  /** By entity type; '' for entries without one. */
  get byType(): Counts {
    return countsOf(this.#types);
  }

  /** People who are known; entries without an actor are none. */
  get uniqueActors(): number {
    return this.#actors.size - (this.#actors.has('') ? 1 : 0);
  }

  topActors(most: number): ActorTotal[] {
    const sorted = [...this.#actors].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
    return sorted.slice(0, most).map(([key, count]) => ({ ...actorOfKey(key), count }));
  }

  /** Periods in which something occurred, in order. */
  get periods(): PeriodTotal[] {
    const sorted = [...this.#byPeriod].sort((a, b) => a[0] - b[0]);
    return sorted.map(([start, count]) => ({ start, count }));
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function countsOf(sums: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries([...sums].sort((a, b) => b[1] - a[1] || compare(a[0], b[0])));
}
