import { randomUUID } from 'node:crypto';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import type { Price } from '../../config/kinds.js';
import type { Log } from '../../config/log.js';
import { moneyText } from '../../config/money.js';
import { dayBudget, monthBudget, personBudget, timeZone } from '../../settings/builtIn.js';
import type { Settings } from '../../settings/settings.js';
import { PrismaWrites } from '../../store/prismaWrites.js';
import { marks, type Writes } from '../../store/sql.js';
import type { Tokens } from '../model.js';
import type { Notices } from '../notices.js';
import { costOf } from './cost.js';
import { dayOf, monthOf, nextDay, nextMonth, wholeMonth } from './period.js';

export type BudgetName = 'day' | 'month' | 'person';

/** What owners are told: a budget of all together is nearly used up, or is. */
export interface BudgetNotice {
  readonly budget: 'day' | 'month';
  readonly percent: 80 | 100;
  /** The day or month. */
  readonly period: string;
  /** In millionths. */
  readonly spent: number;
  readonly limit: number;
}

export interface BudgetRefusal {
  readonly ok: false;
  readonly budget: BudgetName;
  /** What is left is put aside for calls that are under way: it may be enough again in a moment. */
  readonly isInFlight: boolean;
  readonly limit: number;
  /** When the next period begins. */
  readonly until: number;
  readonly notices: readonly BudgetNotice[];
}

export interface Settled {
  /** What owners are to be told. */
  readonly notices: readonly BudgetNotice[];
  /** Whoever asked was erased while the call was under way. */
  readonly isErased: boolean;
}

/** What is put aside for one call. */
export interface Reservation {
  readonly ok: true;
  readonly id: string;
  readonly address: string;
  readonly addresses: readonly string[];
  readonly day: string;
  readonly most: Tokens;
}

interface Parts {
  readonly record: AuditRecord;
  readonly settings: Settings;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly log: Log;
  readonly price: Price | undefined;
  readonly currency: string;
}

/** Who calls, on which day. */
interface Caller {
  readonly address: string;
  readonly addresses: readonly string[];
  readonly day: string;
}

/** How one budget stands. */
interface Standing {
  readonly budget: BudgetName;
  readonly period: string;
  readonly limit: number;
  readonly spent: number;
  /** Put aside for calls under way. */
  readonly held: number;
}

/** Longer than any call may take. What is put aside after that belongs to a process that died. */
const LOST_AFTER_MS = 15 * 60_000;

/**
 * What the assistant may cost. Before a call the most that it can cost is put aside, after it what it did cost is
 * counted: so that however many calls are made at once, by however many processes, none is begun once the budget is
 * spent or spoken for. A budget can be passed by the one call that used it up, and by no more.
 *
 * That a budget is used up is one event a period, and owners are told once at 80 % and once at 100 %.
 */
export class Budgets {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Puts the most that a call can cost aside, or says which budget has no room for it. */
  async reserve(
    address: string,
    addresses: readonly string[],
    most: Tokens,
  ): Promise<Reservation | BudgetRefusal> {
    const { record, clock, settings } = this.#parts;
    const now = clock.now();
    const day = dayOf(now, settings.get(timeZone));
    const caller = { address, addresses, day };
    const id = randomUUID();
    const { refused, standings } = await record.store.transaction(async (tx) => {
      await this.#lock(tx);
      await this.#settleLost(tx, now);
      const found = await this.#standings(tx, caller);
      const full = found.find(({ spent, held, limit }) => spent + held >= limit);
      if (full === undefined) await this.#putAside(tx, { ok: true, id, most, ...caller }, now);
      return { refused: full ?? null, standings: found };
    });
    if (refused === null) return { ok: true, id, most, ...caller };
    const notices = await this.#tell(standings, caller);
    const zone = settings.get(timeZone);
    return {
      ok: false,
      budget: refused.budget,
      isInFlight: refused.spent < refused.limit,
      limit: refused.limit,
      until: refused.budget === 'month' ? nextMonth(day, zone) : nextDay(day, zone),
      notices,
    };
  }

  /** Counts what a call did use: `null` where it was never made. */
  async settle(reservation: Reservation, used: Tokens | null): Promise<Settled> {
    const { record, price } = this.#parts;
    const { standings, isErased } = await record.store.transaction(async (tx) => {
      await this.#lock(tx);
      const [there] = await tx.all<{ address: string }>(
        `DELETE FROM "AssistantReservation" WHERE "tenant" = ? AND "id" = ? RETURNING "address"`,
        [record.ledger.tenant, reservation.id],
      );
      const isErased = there?.address === '';
      // One that was taken for lost counts already.
      if (there === undefined || used === null) return { standings: [], isErased };
      await this.#count(tx, { ...reservation, ...there, ...used, cost: costOf(used, price) });
      const standings = await this.#standings(tx, reservation);
      // Of somebody who was erased meanwhile nothing is written down any more.
      return {
        standings: isErased ? standings.filter(({ budget }) => budget !== 'person') : standings,
        isErased,
      };
    });
    return { notices: await this.#tell(standings, reservation), isErased };
  }

  /** One at a time, over all processes: what is summed up must not change until something is put aside by it. */
  async #lock(tx: Writes): Promise<void> {
    await tx.run(
      `INSERT INTO "AssistantNotice" ("tenant", "what", "address", "at") VALUES (?, 'budget turn', '', ?)
         ON CONFLICT ("tenant", "what", "address") DO UPDATE SET "at" = excluded."at"`,
      [this.#tenant, this.#parts.clock.now()],
    );
  }

  /** Nobody knows what came of a call whose process died: it counts as what it could have cost. */
  async #settleLost(tx: Writes, now: number): Promise<void> {
    const lost = await tx.all<{
      address: string;
      day: string;
      inputTokens: number;
      outputTokens: number;
      cost: number;
    }>(
      `DELETE FROM "AssistantReservation" WHERE "tenant" = ? AND "at" < ?
         RETURNING "address", "day", "inputTokens", "outputTokens", "cost"`,
      [this.#tenant, now - LOST_AFTER_MS],
    );
    for (const { address, day, inputTokens: input, outputTokens: output, cost } of lost)
      await this.#count(tx, { address, day, input, output, cost });
  }

  async #putAside(tx: Writes, { id, address, day, most }: Reservation, now: number): Promise<void> {
    await tx.run(
      `INSERT INTO "AssistantReservation"
         ("tenant", "id", "address", "day", "inputTokens", "outputTokens", "cost", "at")
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [this.#tenant, id, address, day, most.input, most.output, costOf(most, this.#parts.price), now],
    );
  }

  async #count(tx: Writes, call: Tokens & { address: string; day: string; cost: number }): Promise<void> {
    await tx.run(
      `INSERT INTO "AssistantUsage"
         ("tenant", "address", "day", "calls", "inputTokens", "outputTokens", "cost") VALUES (?, ?, ?, 1, ?, ?, ?)
       ON CONFLICT ("tenant", "address", "day") DO UPDATE SET
         "calls" = "AssistantUsage"."calls" + 1,
         "inputTokens" = "AssistantUsage"."inputTokens" + excluded."inputTokens",
         "outputTokens" = "AssistantUsage"."outputTokens" + excluded."outputTokens",
         "cost" = "AssistantUsage"."cost" + excluded."cost"`,
      [this.#tenant, call.address, call.day, call.input, call.output, call.cost],
    );
  }

  async #standings(tx: Writes, { addresses, day }: Caller): Promise<Standing[]> {
    const { settings } = this.#parts;
    const month = wholeMonth(day);
    const ofDay = `"day" = ?`;
    const ofMonth = `"day" BETWEEN ? AND ?`;
    const ofPerson = `"day" = ? AND "address" IN (${marks(addresses.length)})`;
    const all = [
      {
        budget: 'person',
        period: day,
        limit: settings.get(personBudget),
        where: ofPerson,
        of: [day, ...addresses],
      },
      { budget: 'day', period: day, limit: settings.get(dayBudget), where: ofDay, of: [day] },
      {
        budget: 'month',
        period: monthOf(day),
        limit: settings.get(monthBudget),
        where: ofMonth,
        of: [month.from, month.to],
      },
    ] as const;
    const standings: Standing[] = [];
    for (const { budget, period, limit, where, of } of all) {
      if (limit === null) continue;
      const [spent, held] = [
        await this.#sum(tx, 'AssistantUsage', where, of),
        await this.#sum(tx, 'AssistantReservation', where, of),
      ];
      standings.push({ budget, period, limit, spent, held });
    }
    return standings;
  }

  async #sum(tx: Writes, table: string, where: string, of: readonly string[]): Promise<number> {
    const row = await tx.get<{ cost: number }>(
      `SELECT CAST(COALESCE(SUM("cost"), 0) AS BIGINT) AS "cost" FROM "${table}" WHERE "tenant" = ? AND ${where}`,
      [this.#tenant, ...of],
    );
    return row!.cost;
  }

  /** What is to be recorded and told of how the budgets stand now, where nobody has done it yet. */
  async #tell(standings: readonly Standing[], { address }: Caller): Promise<readonly BudgetNotice[]> {
    const notices: BudgetNotice[] = [];
    for (const standing of standings) {
      const { budget, period, limit, spent } = standing;
      const percent = spent >= limit ? 100 : spent * 100 >= limit * 80 ? 80 : null;
      if (percent === null) continue;
      const whose = budget === 'person' ? address : '';
      // By the limit as well: one that was raised is news again when it is reached.
      const what = `budget ${budget} ${period} ${limit} ${percent}`;
      try {
        const isNews =
          percent === 100
            ? await this.#breach(standing, what, whose)
            : budget !== 'person' && (await this.#parts.notices.once(what));
        if (isNews && budget !== 'person') notices.push({ budget, percent, period, spent, limit });
      } catch (error) {
        // Whoever comes next finds it so again.
        this.#parts.log.warn({ err: error, budget }, 'that a budget is used up could not be recorded');
      }
    }
    return notices;
  }

  /** One event a period. That it was told and the event are one transaction. */
  #breach({ budget, period, limit, spent }: Standing, what: string, whose: string): Promise<boolean> {
    const { record, notices, currency } = this.#parts;
    return record.logger.transact(async (tx, log) => {
      if (!(await notices.onceIn(new PrismaWrites(tx, record.store.dialect), what, whose))) return false;
      await log(
        'COST_THRESHOLD_BREACH',
        {
          phoneNumber: whose === '' ? 'SYSTEM' : whose,
          threshold: `${moneyText(limit)} ${currency}`,
          actual: `${moneyText(spent)} ${currency}`,
          period: `${budget} ${period}`,
        },
        { channel: 'system' },
      );
      return true;
    });
  }

  get #tenant(): string {
    return this.#parts.record.ledger.tenant;
  }
}
