import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { nearest } from '../config/nearest.js';
import { UserError } from '../config/userError.js';
import type { Prisma } from '../store/store.js';
import { fromStored, problemOf, type Setting, shown, toStored } from './setting.js';
import { type Circumstances, contextIn, strictly } from './strictly.js';

/** Another process's change is seen after at most so long. */
const FRESH_MS = 3000;

/** A transaction in which a setting was written has ended after so long. */
const LONGEST_TRANSACTION_MS = 15_000;

export interface SettingState {
  readonly setting: Setting;
  /** What counts. */
  readonly value: unknown;
  /** The same as it may be shown. */
  readonly shown: string;
  readonly isDefault: boolean;
  /** Why what is stored does not count; null where it does, or nothing is. */
  readonly problem: string | null;
}

export interface SettingChange {
  /** The number of its event. */
  readonly case: number;
  readonly key: string;
  /** As they may be shown. */
  readonly before: string;
  readonly after: string;
}

export interface SettingChangeOptions extends Circumstances {
  /** Only if this is still its value, as it is written: what was decided about one value is not done to another. */
  readonly from?: string | undefined;
}

interface Parts {
  readonly record: AuditRecord;
  readonly definitions: readonly Setting[];
  readonly clock: Clock;
}

type Stored = { readonly value: unknown; readonly problem: string | null };

/**
 * What can be set while the bot runs. Reading is from memory and costs nothing; a change is strict, with before and
 * after in the record.
 *
 * @example settings.get(userLimit)?.count
 */
export class Settings {
  readonly #record: AuditRecord;
  readonly #clock: Clock;
  readonly #definitions = new Map<string, Setting>();
  /** What is set over the defaults. */
  #stored: ReadonlyMap<string, Stored> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  /** Until then somebody's transaction may be under way, so nothing that was read is believed for long. */
  #restlessUntil = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  private constructor({ record, definitions, clock }: Parts) {
    this.#record = record;
    this.#clock = clock;
    for (const setting of definitions) {
      if (this.#definitions.has(setting.key))
        throw new TypeError(`The setting ${setting.key} is defined twice`);
      this.#definitions.set(setting.key, setting);
    }
  }

  static async open(parts: Parts): Promise<Settings> {
    const settings = new Settings(parts);
    await settings.#read();
    return settings;
  }

  get<T>(setting: Setting<T>): T {
    const definition = this.#definitions.get(setting.key);
    if (definition === undefined) throw new TypeError(`The setting ${setting.key} is not among those opened`);
    // A definition of the same key reads the same type.
    return this.#valueOf(definition) as T;
  }

  /** All there are, in the order in which they were given. */
  list(): SettingState[] {
    return [...this.#definitions.values()].map((setting) => this.#stateOf(setting));
  }

  state(key: string): SettingState {
    return this.#stateOf(this.named(key));
  }

  /** The one of this name, in any case, or a mistake that names the nearest. */
  named(key: string): Setting {
    const setting = this.#definitions.get(key.toLowerCase());
    if (setting !== undefined) return setting;
    const near = nearest(key, [...this.#definitions.keys()]);
    throw new UserError({
      code: 'UNKNOWN_SETTING',
      message: 'There is no setting of that name.',
      hint: near === null ? 'The list of settings names them all.' : `Did you mean ${near}?`,
      example: near === null ? 'config list' : `config get ${near}`,
    });
  }

  /** Sets it to what the text says. */
  async set(key: string, text: string, options: SettingChangeOptions = {}): Promise<SettingChange> {
    const setting = this.#changeable(key);
    const read = setting.schema.safeParse(text.trim());
    if (!read.success) {
      throw new UserError({
        code: 'BAD_SETTING',
        message: `${setting.key} cannot be set to that: ${problemOf(setting, read.error)}.`,
        hint: `It is ${setting.rule}.`,
        example: `config set ${setting.key} ${setting.example}`,
      });
    }
    return this.#change(setting, read.data, toStored(setting, read.data), options);
  }

  /** Sets it back to its default. */
  async unset(key: string, options: SettingChangeOptions = {}): Promise<SettingChange> {
    const setting = this.#changeable(key);
    return this.#change(setting, setting.default, null, options);
  }

  /**
   * Sees what other processes changed. Cheap: it reads when the last time is some seconds ago, or something was
   * changed here. Where the database is away, what was known goes on to count.
   */
  async refresh(): Promise<void> {
    const now = this.#clock.now();
    const isRestless = now < this.#restlessUntil;
    // A clock that was put back must not stop it.
    if (!isRestless && now - this.#readAt < FRESH_MS && now >= this.#readAt) return;
    // One that is under way may have begun before what the caller wants to see.
    if (isRestless) await this.#reading?.catch(() => {});
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading.catch(() => {
      this.#readAt = now;
    });
  }

  /** What counts as a transaction of somebody else's sees it, for a command that does more than set it. */
  async getIn<T>(tx: Prisma.TransactionClient, setting: Setting<T>): Promise<T> {
    const row = await tx.setting.findUnique({ where: this.#at(setting.key) });
    if (row === null) return this.#definitionOf(setting).default;
    const read = fromStored(setting, row.value);
    return 'value' in read ? read.value : setting.whenUnreadable;
  }

  /** Sets it in a transaction of somebody else's, whose event tells of it. Call `refresh` after the commit. */
  async setIn<T>(tx: Prisma.TransactionClient, setting: Setting<T>, value: T): Promise<void> {
    this.#restlessUntil = this.#clock.now() + LONGEST_TRANSACTION_MS;
    await this.#write(tx, setting.key, toStored(setting, value));
  }

  async #change(
    setting: Setting,
    value: unknown,
    stored: string | null,
    { reason, undoes, from, ...circumstances }: SettingChangeOptions,
  ): Promise<SettingChange> {
    const { key, isSecret } = setting;
    const change = await strictly(this.#record, async (tx, log) => {
      const context = await contextIn(tx, circumstances);
      const row = await tx.setting.findUnique({ where: this.#at(key) });
      const before = await this.getIn(tx, setting);
      const oldValue = setting.format(before);
      const newValue = setting.format(value);
      if (from !== undefined && from !== oldValue) throw movedOn(setting);
      // What is stored and equals the default may be taken away all the same: the default may change one day.
      if (stored === null ? row === null : row?.value === stored || (row === null && oldValue === newValue))
        throw alreadySo(setting, stored === null);
      await this.#write(tx, key, stored);
      const { seq } = await log(
        'CONFIG_CHANGE',
        { key, oldValue, newValue, secret: isSecret, reason, undoes },
        context,
      );
      return { case: seq, key, before: shown(setting, before), after: shown(setting, value) };
    });
    // Read anew, since something that was read before the commit may come in after it; and known also where that fails.
    this.#restlessUntil = Math.max(this.#restlessUntil, this.#clock.now() + 1);
    await this.refresh();
    const known = new Map(this.#stored);
    if (stored === null) known.delete(key);
    else known.set(key, { value, problem: null });
    this.#stored = known;
    return change;
  }

  async #write(tx: Prisma.TransactionClient, key: string, value: string | null): Promise<void> {
    if (value === null) {
      await tx.setting.deleteMany({ where: { tenant: this.#tenant, key } });
      return;
    }
    const news = { value, updatedAt: BigInt(this.#clock.now()) };
    await tx.setting.upsert({
      where: this.#at(key),
      create: { tenant: this.#tenant, key, ...news },
      update: news,
    });
  }

  async #read(): Promise<void> {
    const now = this.#clock.now();
    const rows = await this.#record.store.read.all<{ key: string; value: string }>(
      `SELECT "key", "value" FROM "Setting" WHERE "tenant" = ?`,
      [this.#tenant],
    );
    const stored = new Map<string, Stored>();
    for (const { key, value } of rows) {
      const setting = this.#definitions.get(key);
      // Another version's, or something that is kept here and that nobody sets.
      if (setting === undefined) continue;
      const read = fromStored(setting, value);
      stored.set(
        key,
        'value' in read
          ? { value: read.value, problem: null }
          : { value: setting.whenUnreadable, problem: read.problem },
      );
    }
    this.#stored = stored;
    this.#readAt = now;
  }

  #changeable(key: string): Setting {
    const setting = this.named(key);
    if (setting.changedBy.length === 0) return setting;
    throw new UserError({
      code: 'SETTING_HAS_COMMANDS',
      message: `${setting.key} is changed by commands of its own: ${setting.changedBy.join(', ')}.`,
      hint: 'They see to what goes with it.',
      example: setting.changedBy[0]!,
    });
  }

  #definitionOf<T>(setting: Setting<T>): Setting<T> {
    return (this.#definitions.get(setting.key) as Setting<T> | undefined) ?? setting;
  }

  #stateOf(setting: Setting): SettingState {
    const stored = this.#stored.get(setting.key);
    const value = this.#valueOf(setting);
    return {
      setting,
      value,
      shown: shown(setting, value),
      isDefault: stored === undefined,
      problem: stored?.problem ?? null,
    };
  }

  #valueOf(setting: Setting): unknown {
    const stored = this.#stored.get(setting.key);
    return stored === undefined ? setting.default : stored.value;
  }

  get #tenant(): string {
    return this.#record.ledger.tenant;
  }

  #at(key: string) {
    return { tenant_key: { tenant: this.#tenant, key } };
  }
}

function movedOn({ key }: Setting): UserError {
  return new UserError({
    code: 'MOVED_ON',
    message: `${key} is another by now, so nothing was changed.`,
    hint: 'Look once more, and decide again.',
    example: `config get ${key}`,
  });
}

function alreadySo({ key }: Setting, isUnset: boolean): UserError {
  return new UserError({
    code: 'ALREADY_SO',
    message: isUnset ? `${key} has its default already.` : `${key} is that already.`,
    hint: 'Nothing was changed.',
  });
}
