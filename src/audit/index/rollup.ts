/**
 * Counting by the hour. Statistics over months are sums of some thousand numbers instead of a million rows, and
 * a stretch of time becomes a stretch of numbers, because each hour remembers its first and its last entry.
 */
export const HOUR_MS = 3_600_000;

/** Hours since 1970, before it too. */
export const hourOf = (at: number): number => Math.floor(at / HOUR_MS);

/** The address of entries by the system, and of those whose actor has none. */
export const SPOKESMAN = 'SYSTEM';

/** How long the stretches are that are counted: an hour, a day (UTC), and all of time. */
export const SPANS = [1, 24, 0] as const;
export type Span = (typeof SPANS)[number];

/** The stretch that an hour belongs to, by its first hour. */
export function stretchOf(hour: number, span: Span): number {
  return span === 0 ? 0 : Math.floor(hour / span) * span;
}

/**
 * Whom an entry is counted for. A phone is never taken for an id that looks the same; '' is nobody known. Of somebody
 * who is known by an id alone the phone says only that the system spoke for them: they are not the system.
 */
export function actorKey(phone: string | null, id: string | null): string {
  const isSpokenFor = phone === SPOKESMAN && id !== null && id !== '';
  if (phone !== null && !isSpokenFor) return `p${phone}`;
  return id === null ? '' : `i${id}`;
}

export function actorOfKey(key: string): { actorPhone: string | null; actorId: string | null } {
  const value = key.slice(1);
  return {
    actorPhone: key.startsWith('p') ? value : null,
    actorId: key.startsWith('i') ? value : null,
  };
}

/** What is counted of an entry. */
export interface Counted {
  seq: number;
  at: number;
  category: string;
  action: string;
  outcome: string;
  actor: string;
}

export interface ActCount {
  span: Span;
  start: number;
  category: string;
  action: string;
  outcome: string;
  count: number;
  minSeq: number;
  maxSeq: number;
}

export interface ActorCount {
  span: Span;
  start: number;
  actor: string;
  count: number;
}

export interface HourCount {
  hour: number;
  count: number;
  minSeq: number;
  maxSeq: number;
}

/** The counts of a run of entries, added in the order of their numbers. */
export class Rollup {
  readonly hours = new Map<number, HourCount>();
  readonly #acts = new Map<string, ActCount>();
  readonly #actors = new Map<string, ActorCount>();

  add({ seq, at, category, action, outcome, actor }: Counted): void {
    const hour = hourOf(at);
    const total = this.hours.get(hour);
    if (total === undefined) {
      this.hours.set(hour, { hour, count: 1, minSeq: seq, maxSeq: seq });
    } else {
      total.count += 1;
      total.maxSeq = seq;
    }
    const actKey = `${hour}\0${category}\0${action}\0${outcome}`;
    const act = this.#acts.get(actKey);
    if (act === undefined) {
      const start = { span: 1 as const, start: hour, category, action, outcome };
      this.#acts.set(actKey, { ...start, count: 1, minSeq: seq, maxSeq: seq });
    } else {
      act.count += 1;
      act.maxSeq = seq;
    }
    const who = `${hour}\0${actor}`;
    const actorCount = this.#actors.get(who);
    if (actorCount === undefined) this.#actors.set(who, { span: 1, start: hour, actor, count: 1 });
    else actorCount.count += 1;
  }

  /** By hour, and where `spans` says so by day and for all of time. */
  acts(spans: readonly Span[] = SPANS): ActCount[] {
    const hourly = [...this.#acts.values()];
    return spans.flatMap((span) => (span === 1 ? hourly : gathered(hourly, span, addAct)));
  }

  actors(spans: readonly Span[] = SPANS): ActorCount[] {
    const hourly = [...this.#actors.values()];
    return spans.flatMap((span) => (span === 1 ? hourly : gathered(hourly, span, addActor)));
  }
}

const addAct = {
  key: (act: ActCount) => `${act.category}\0${act.action}\0${act.outcome}`,
  add(sum: ActCount, act: ActCount): void {
    sum.count += act.count;
    sum.minSeq = Math.min(sum.minSeq, act.minSeq);
    sum.maxSeq = Math.max(sum.maxSeq, act.maxSeq);
  },
};

const addActor = {
  key: (actor: ActorCount) => actor.actor,
  add(sum: ActorCount, actor: ActorCount): void {
    sum.count += actor.count;
  },
};

function gathered<T extends { span: Span; start: number }>(
  hourly: readonly T[],
  span: Span,
  how: { key(item: T): string; add(sum: T, item: T): void },
): T[] {
  const sums = new Map<string, T>();
  for (const item of hourly) {
    const start = stretchOf(item.start, span);
    const key = `${start}\0${how.key(item)}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { ...item, span, start });
    else how.add(sum, item);
  }
  return [...sums.values()];
}
