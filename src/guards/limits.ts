import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { chatLimit, everyoneLimit, userLimit } from '../settings/builtIn.js';
import { type Rate, rateText } from '../settings/rate.js';
import type { Settings } from '../settings/settings.js';
import { type Circumstances, contextIn, strictly } from '../settings/strictly.js';
import { judge, left, type Pace, paceOf, usedUntil } from './gcra.js';
import type { LimitStates } from './limitStates.js';

export type LimitName = 'user' | 'chat' | 'everyone';

/** Whoever sits at the console has the machine: there is nobody to be kept from it. */
const AT_THE_CONSOLE = 'console:local';

export interface Asking {
  readonly address: string;
  readonly chatId: string;
  readonly isOwner: boolean;
}

export interface LimitRefusal {
  readonly allowed: false;
  readonly limit: LimitName;
  readonly retryAfterMs: number;
  /** `20/1m burst 5` */
  readonly rate: string;
  /** The rate's numbers, for the event. */
  readonly count: number;
  readonly windowMs: number;
  /** To be answered politely now; until the window is over there is silence. */
  readonly isFirst: boolean;
}

export type LimitDecision = { readonly allowed: true } | LimitRefusal;

/** How much of one limit is used. */
export interface LimitView {
  readonly limit: LimitName;
  /** `off` where there is none. */
  readonly rate: string;
  /** How many may come now; null where there is no limit. */
  readonly left: number | null;
  /** In how long one more may come; 0 while there are any left. */
  readonly nextInMs: number;
  /** In how long nothing of it is used any more. */
  readonly unusedInMs: number;
}

/** Somebody whose limit is set back. */
export interface LimitedPerson {
  readonly address: string;
  readonly name: string | null;
  readonly role: string;
}

interface Parts {
  readonly settings: Settings;
  readonly states: LimitStates;
  readonly record: AuditRecord;
  readonly clock: Clock;
}

interface Applied {
  readonly limit: LimitName;
  readonly key: string;
  readonly rate: Rate;
  readonly pace: Pace;
}

const keyOf = {
  user: (address: string) => `user:${address}`,
  chat: (chatId: string) => `chat:${chatId}`,
  everyone: 'everyone',
};

/**
 * How often people may ask: each of them, each chat, and all together. Of an owner only their own limit is asked, so
 * that nobody else's flood keeps them from putting things in order.
 */
export class Limits {
  readonly #settings: Settings;
  readonly #states: LimitStates;
  readonly #record: AuditRecord;
  readonly #clock: Clock;

  constructor({ settings, states, record, clock }: Parts) {
    this.#settings = settings;
    this.#states = states;
    this.#record = record;
    this.#clock = clock;
  }

  /** Uses one of every limit there is for somebody, or says which one refused; then none is used. */
  async take(asking: Asking): Promise<LimitDecision> {
    const limits = this.#limitsFor(asking);
    const now = this.#clock.now();
    const refused = limits.length === 0 ? null : await this.#states.take(limits, now);
    if (refused === null) return { allowed: true };
    const { limit, rate, key } = limits[refused.index]!;
    // Of what a whole chat is refused, the chat is told, and not each person in it.
    const told = limit === 'user' ? key : keyOf.chat(asking.chatId);
    const isFirst = await this.#states.tell(told, rate.windowMs, now);
    return refusal(limit, rate, refused.retryAfterMs, isFirst);
  }

  /** What `take` would say, without using anything. */
  async look(asking: Asking): Promise<LimitDecision> {
    const limits = this.#limitsFor(asking);
    const now = this.#clock.now();
    const kept = await this.#read(limits);
    for (const { limit, key, rate, pace } of limits) {
      const verdict = judge(kept.get(key), now, pace);
      if (!verdict.allowed) return refusal(limit, rate, verdict.retryAfterMs, false);
    }
    return { allowed: true };
  }

  /** How much of somebody's limit is used, of a chat's where one is named, and of everyone's. */
  async show(address: string, chatId?: string): Promise<LimitView[]> {
    const named = this.#all(address, chatId);
    const kept = await this.#read(named.flatMap(({ applied }) => applied ?? []));
    const now = this.#clock.now();
    return named.map(({ limit, applied }): LimitView => {
      if (applied === null) return { limit, rate: 'off', left: null, nextInMs: 0, unusedInMs: 0 };
      const { key, rate, pace } = applied;
      const emptyAt = kept.get(key);
      const verdict = judge(emptyAt, now, pace);
      return {
        limit,
        rate: rateText(rate),
        left: left(emptyAt, now, pace),
        nextInMs: verdict.allowed ? 0 : verdict.retryAfterMs,
        unusedInMs: usedUntil(emptyAt, now, pace) - now,
      };
    });
  }

  /** Lets somebody go on at once, as if they had asked for nothing yet. */
  async reset(person: LimitedPerson, options: Circumstances = {}): Promise<{ readonly case: number }> {
    const { address, name, role } = person;
    const key = keyOf.user(address);
    const { reason, undoes } = options;
    const done = await strictly(this.#record, async (tx, log) => {
      const context = await contextIn(tx, options);
      await this.#states.forgetIn(tx, key);
      const targetUser = { phone: address, ...(name !== null && { name }), role };
      const performedBy = context.actor ?? 'SYSTEM';
      const { seq } = await log(
        'LIMIT_RESET',
        { performedBy, limit: 'user', targetUser, reason, undoes },
        context,
      );
      return { case: seq };
    });
    this.#states.forgotten(key);
    return done;
  }

  async #read(limits: readonly Applied[]): Promise<ReadonlyMap<string, number>> {
    return limits.length === 0 ? new Map() : this.#states.read(limits.map(({ key }) => key));
  }

  #limitsFor({ address, chatId, isOwner }: Asking): Applied[] {
    if (address === AT_THE_CONSOLE) return [];
    const all = this.#all(address, chatId).flatMap(({ applied }) => applied ?? []);
    return isOwner ? all.flatMap((one) => (one.limit === 'user' ? this.#ofOwner(one) : [])) : all;
  }

  /** Never less than what holds where nothing is set: else an ADMIN could keep the OWNERs from setting it right. */
  #ofOwner(one: Applied): Applied[] {
    const { setting } = this.#settings.state(userLimit.key);
    const least = setting.default as Rate | null;
    if (least === null) return [];
    const isLess =
      one.rate.count * least.windowMs < least.count * one.rate.windowMs || one.rate.burst < least.burst;
    return [isLess ? { ...one, rate: least, pace: paceOf(least) } : one];
  }

  #all(address: string, chatId?: string): { limit: LimitName; applied: Applied | null }[] {
    const one = (limit: LimitName, key: string, rate: Rate | null) => ({
      limit,
      applied: rate === null ? null : { limit, key, rate, pace: paceOf(rate) },
    });
    const settings = this.#settings;
    return [
      one('user', keyOf.user(address), settings.get(userLimit)),
      ...(chatId === undefined ? [] : [one('chat', keyOf.chat(chatId), settings.get(chatLimit))]),
      one('everyone', keyOf.everyone, settings.get(everyoneLimit)),
    ];
  }
}

function refusal(limit: LimitName, rate: Rate, retryAfterMs: number, isFirst: boolean): LimitRefusal {
  const { count, windowMs } = rate;
  return { allowed: false, limit, retryAfterMs, rate: rateText(rate), count, windowMs, isFirst };
}
