import type { z } from 'zod';

/**
 * Something that can be set while the bot runs, as data: what it means, how its text is read, what counts where
 * nothing is set. Checks, answers and the reference are made from it.
 */
export interface Setting<T = unknown> {
  /** `limits.user` */
  readonly key: string;
  /** What it is for, a sentence. */
  readonly meaning: string;
  /** Reads the text. */
  readonly schema: z.ZodType<T, string>;
  readonly default: T;
  /** What counts while nobody can read what is stored: the safe side. */
  readonly whenUnreadable: T;
  /** What it may be, in words. */
  readonly rule: string;
  readonly example: string;
  /** Masked wherever it is shown or recorded. */
  readonly isSecret: boolean;
  /** Commands by which it is changed, where they do more than set it; it is then changed by nothing else. */
  readonly changedBy: readonly string[];
  /** The value as it would be written. */
  format(value: T): string;
}

export type SettingDefinition<T> = Pick<
  Setting<T>,
  'key' | 'meaning' | 'schema' | 'default' | 'rule' | 'example'
> &
  Partial<Pick<Setting<T>, 'isSecret' | 'changedBy' | 'format' | 'whenUnreadable'>>;

/**
 * Makes a setting, with types that tie its default and its form to what is read.
 *
 * @example
 * const patience = defineSetting({
 *   key: 'orders.patience', meaning: 'How many reminders an order gets.', default: 3, example: '5',
 *   rule: 'a whole number from 0 to 9', schema: z.string().regex(/^\d$/).transform(Number),
 * });
 */
export function defineSetting<T>(definition: SettingDefinition<T>): Setting<T> {
  const setting: Setting<T> = {
    isSecret: false,
    changedBy: [],
    format: (value) => String(value),
    whenUnreadable: definition.default,
    ...definition,
  };
  const wrong = (what: string): never => {
    throw new TypeError(`The setting ${JSON.stringify(setting.key)}: ${what}`);
  };
  if (!/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/.test(setting.key) || setting.key.length > 64)
    wrong('its key must be words with dots between, for example "orders.patience"');
  if (!setting.schema.safeParse(setting.example).success) wrong('its example must be one that works');
  if (!setting.schema.safeParse(setting.format(setting.default)).success)
    wrong('its default, as it is formatted, must be one that can be read');
  return setting;
}

const MASK = '••••••';

/** The value as it may be shown to those who may see settings. */
export function shown<T>(setting: Setting<T>, value: T): string {
  const text = setting.format(value);
  return setting.isSecret && text !== '' ? MASK : text;
}

/** The value from the JSON text that is stored, or what is wrong with it. */
export function fromStored<T>(setting: Setting<T>, stored: string): { value: T } | { problem: string } {
  let text: unknown;
  try {
    text = JSON.parse(stored);
  } catch {
    return { problem: 'what is stored is no JSON' };
  }
  const read = setting.schema.safeParse(text);
  return read.success ? { value: read.data } : { problem: problemOf(setting, read.error) };
}

/** What is wrong with a text, in words; of a secret not even those, which may repeat it. */
export function problemOf({ isSecret }: Pick<Setting, 'isSecret'>, { issues }: z.ZodError): string {
  return isSecret ? 'it cannot be read' : (issues[0]?.message ?? 'it cannot be read');
}

/** What is stored is what somebody would write: its meaning stays when the form in memory becomes another. */
export function toStored<T>(setting: Setting<T>, value: T): string {
  return JSON.stringify(setting.format(value));
}
