import type { Channel } from '../audit/catalogue/action.js';
import type { Config } from '../config/config.js';
import * as kinds from '../config/kinds.js';
import { moneyText } from '../config/money.js';
import { durationText } from './duration.js';
import { duration, money, orNone, rate } from './kinds.js';
import { type Rate, rateText } from './rate.js';
import { defineSetting, type Setting } from './setting.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const whitelistEnabled = defineSetting({
  key: 'whitelist.enabled',
  meaning: 'Whether the bot serves only those on the whitelist.',
  ...kinds.yesOrNo,
  default: false,
  // Never open by accident.
  whenUnreadable: true,
  example: 'true',
  changedBy: ['whitelist on', 'whitelist off'],
});

const limit = (key: string, meaning: string, value: Rate) =>
  defineSetting<Rate | null>({
    key,
    meaning,
    ...rate,
    default: value,
    example: '20/1m burst 5',
    format: (read) => (read === null ? 'off' : rateText(read)),
  });

export const userLimit = limit('limits.user', 'How often one person may ask.', {
  count: 30,
  windowMs: MINUTE,
  burst: 20,
});

export const chatLimit = limit('limits.chat', 'How often one chat may ask, owners not counted.', {
  count: 120,
  windowMs: MINUTE,
  burst: 60,
});

export const everyoneLimit = limit('limits.everyone', 'How often all together may ask, owners not counted.', {
  count: 600,
  windowMs: MINUTE,
  burst: 200,
});

const time = (key: string, meaning: string, [from, to, byDefault]: readonly [number, number, number]) =>
  defineSetting({
    key,
    meaning,
    ...duration(from, to),
    default: byDefault,
    example: durationText(byDefault),
    format: durationText,
  });

export const breakerFailures = defineSetting({
  key: 'breaker.failures',
  meaning: 'After how many failures in a row a service is left alone for a while.',
  ...kinds.wholeNumber(1, 1000),
  default: 5,
  example: '5',
});

export const breakerPause = time(
  'breaker.pause',
  'How long a failing service is left alone before it is tried again.',
  [SECOND, DAY, 30 * SECOND],
);

export const breakerTimeout = time('breaker.timeout', 'How long a service may take to answer.', [
  100,
  10 * MINUTE,
  30 * SECOND,
]);

export const inboxStale = time(
  'inbox.stale',
  'How old a command may be when it arrives; older ones are not run.',
  // With less, nobody's message would arrive in time, not even that of who sets it right.
  [10 * SECOND, DAY, 2 * MINUTE],
);

export const watchLongest = time('watch.longest', 'How long live events may be sent to a chat.', [
  MINUTE,
  30 * DAY,
  DAY,
]);

/** How often the owners are sent a checkpoint to keep. In the console it would go to the very machine it is about. */
export const witnessEvery = defineSetting<number | null>({
  key: 'witness.every',
  meaning:
    'How often the owners are sent a signed checkpoint to keep, as a proof against whoever has the database.',
  ...orNone(duration(60 * MINUTE, 366 * DAY)),
  default: DAY,
  example: '7d',
  format: (read) => (read === null ? 'none' : durationText(read)),
});

export const assistantTurns = defineSetting({
  key: 'assistant.turns',
  meaning: 'How many turns of a conversation the assistant remembers; 0 for none.',
  ...kinds.wholeNumber(0, 100),
  default: 10,
  example: '20',
});

export const assistantMemory = defineSetting({
  key: 'assistant.memory',
  meaning: 'How many bytes of a conversation the assistant remembers at most.',
  ...kinds.byteSize(0, 262_144),
  default: 16_384,
  example: '32KiB',
});

export const assistantForget = time('assistant.forget', 'How long the assistant remembers a turn at most.', [
  MINUTE,
  365 * DAY,
  7 * DAY,
]);

export const assistantAnswer = defineSetting({
  key: 'assistant.answer',
  meaning: 'How long an answer of the assistant may be, in tokens.',
  ...kinds.wholeNumber(16, 32_000),
  default: 1000,
  example: '500',
});

const budget = (key: string, meaning: string, example: string) =>
  defineSetting<number | null>({
    key,
    meaning,
    ...orNone(money),
    default: null,
    // What nobody can read must not become a budget without end.
    whenUnreadable: 0,
    example,
    format: (read) => (read === null ? 'none' : moneyText(read)),
  });

export const dayBudget = budget('budget.day', 'What the assistant may cost a day.', '5.00');
export const monthBudget = budget('budget.month', 'What the assistant may cost a calendar month.', '100.00');
export const personBudget = budget(
  'budget.person',
  'What the assistant may cost a day for one person.',
  '0.50',
);

export const chatPrefix = defineSetting({
  key: 'chat.prefix',
  meaning: 'What a command begins with.',
  ...kinds.prefix,
  // In the environment an empty text is no value; here it would make a command of everything that is written.
  schema: kinds.prefix.schema.refine((text) => text !== '', 'it is empty'),
  default: '!',
  example: '/',
});

export const timeZone = defineSetting({
  key: 'time.zone',
  meaning: 'The time zone in which days begin and times are shown.',
  ...kinds.timeZone,
  default: 'UTC',
  example: 'Europe/Berlin',
});

export const phoneCountry = defineSetting<string | null>({
  key: 'phone.country',
  meaning: 'The country whose numbers may be written without a country code.',
  ...orNone(kinds.country),
  default: null,
  example: 'DE',
  format: (read) => read ?? 'none',
});

/** Every setting of the module's own. Where the environment has a say, it gives the default. */
export function builtInSettings(
  config: Pick<Config, 'prefix' | 'timeZone' | 'country'>,
  channel?: Channel,
): readonly Setting[] {
  return [
    whitelistEnabled,
    userLimit,
    chatLimit,
    everyoneLimit,
    breakerFailures,
    breakerPause,
    breakerTimeout,
    inboxStale,
    watchLongest,
    channel === 'console' ? { ...witnessEvery, default: null } : witnessEvery,
    assistantTurns,
    assistantMemory,
    assistantForget,
    assistantAnswer,
    dayBudget,
    monthBudget,
    personBudget,
    { ...chatPrefix, default: config.prefix },
    { ...timeZone, default: config.timeZone },
    { ...phoneCountry, default: config.country ?? null },
  ];
}
