import { OUTCOMES, type Outcome } from '../../../audit/catalogue/action.js';
import type { AuditFilter, Term } from '../../../audit/query/filter.js';
import { readTime } from '../../../audit/query/time.js';
import type { Statistics } from '../../../audit/reading/statistics.js';
import { UserError } from '../../../config/userError.js';
import { optional, rest } from '../../argument.js';
import { type CommandContext, defineCommand } from '../../command.js';
import type { Attachment } from '../../gateway.js';
import { masked } from '../../masked.js';
import { drawActivity } from '../../picture/activity.js';
import { bucketLength, bucketsOf, type PeriodsByOutcome, periodFor } from '../../picture/buckets.js';
import { renderPng } from '../../picture/render.js';
import { dayTime } from '../../sentence.js';
import { bold, lines, say, type Text } from '../../text.js';
import { queryOf, readerOf } from './around.js';

const BY_DEFAULT = 'since:7d';
const ACTIONS_SHOWN = 6;
const ACTORS_SHOWN = 5;

export const stats = defineCommand({
  name: 'audit stats',
  aliases: ['audit statistics'],
  group: 'Record',
  summary: 'How much happened, of what and by whom, with a picture; of seven days or the time you say',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { period: optional(rest('field')) },
  examples: [
    'audit stats',
    'audit stats 30d',
    'audit stats last week',
    'audit stats category:security since:today',
  ],
  async handle(context, { period }) {
    const asked = askedFor(context, period ?? '');
    const statistics = await context.services.record.repository.getStatistics({
      filter: asked.filter,
      topActors: ACTORS_SHOWN,
    });
    const text = await figures(context, statistics, asked);
    if (statistics.total === 0) return { text, rows: 0 };
    const picture = await pictureOf(context, asked, statistics.total).catch((error: unknown) => {
      context.services.log.error({ err: error }, 'the picture of activity could not be drawn');
      return undefined;
    });
    return { text, picture, rows: statistics.total };
  },
});

interface Asked {
  readonly filter: AuditFilter;
  readonly range: string;
  /** What was asked beside the time, as it was written. */
  readonly query: string;
}

const NO_TIME = {
  code: 'BAD_PERIOD',
  message: 'That is neither a time nor a query.',
  hint: 'A time is 24h, 7d, today, last week, 2026-11 or all. Words to look for stand in quotation marks here.',
  example: 'audit stats 30d',
};

/** A time by itself (`30d`, `last week`), a query, or nothing. Without a time it is the last seven days. */
function askedFor(context: CommandContext, text: string): Asked {
  const { now, timeZone } = readerOf(context);
  const words = text.trim();
  if (words.toLowerCase() === 'all') return { ...queryOf(context, ''), query: '' };
  const time = words === '' ? null : readTime(words, { now, timeZone });
  if (time?.ok) {
    const isSpan = time.span.end - time.span.start > 1;
    const times = isSpan ? `since:"${words}" until:"${words}"` : `since:"${words}"`;
    return { ...queryOf(context, times), query: '' };
  }
  const query = queryOf(context, words, 'audit stats');
  const { since, until, seqFrom, seqTo, text: phrases } = query.filter;
  // A slip in a time would else be looked for as a word, and found nowhere.
  if (phrases.length > 0 && !/["“”„«»]/.test(words)) throw new UserError(NO_TIME);
  const isBounded = [since, until, seqFrom, seqTo].some((bound) => bound !== undefined);
  const read = isBounded ? query : queryOf(context, `${words} ${BY_DEFAULT}`, 'audit stats');
  return { ...read, query: words };
}

async function figures(context: CommandContext, statistics: Statistics, { range }: Asked): Promise<Text> {
  const { total, byOutcome, byCategory, byAction, topActors } = statistics;
  const within = range === 'everything' ? say`` : say` ${range}`;
  if (total === 0) return say`Nothing was recorded${within}.`;
  const people = await Promise.all(
    topActors.map(
      async ({ actorPhone, actorId, count }) => say`${await called(context, actorPhone, actorId)} ${count}`,
    ),
  );
  return lines(
    say`${bold(`${total.toLocaleString('en-US')} ${total === 1 ? 'event' : 'events'}`)}${within}`,
    counted('Outcome', byOutcome),
    counted('Category', byCategory),
    counted('Action', byAction, ACTIONS_SHOWN),
    say`${bold('Most active')}`,
    ...people,
  );
}

function counted(title: string, counts: Readonly<Record<string, number>>, most = 10): Text {
  const all = Object.entries(counts);
  const shown = all.slice(0, most).map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`);
  const rest = all.length > most ? `, and ${all.length - most} more` : '';
  return say`${bold(title)}: ${shown.join(', ')}${rest}`;
}

async function called(context: CommandContext, phone: string | null, id: string | null): Promise<Text> {
  if (phone === null) return id === null ? say`(erased or nobody)` : masked(id, context.show);
  if (!/^(\+|lid:)/.test(phone)) return context.show(phone);
  return context.show(await context.services.people.find(phone));
}

async function pictureOf(context: CommandContext, asked: Asked, total: number): Promise<Attachment> {
  const { now, timeZone } = readerOf(context);
  const { repository } = context.services.record;
  const until = Math.min(asked.filter.until ?? now + 1, now + 1);
  const since = asked.filter.since ?? (await firstOf(context, asked.filter)) ?? until - 1;
  const length = bucketLength(since, until);
  const period = periodFor(length);
  const byOutcome = await Promise.all(
    OUTCOMES.map(async (outcome): Promise<[Outcome, Statistics['periods']]> => {
      const filter = { ...asked.filter, terms: [...asked.filter.terms, ofOutcome(outcome)] };
      const { periods } = await repository.getStatistics({ filter, period, timeZone, topActors: 0 });
      return [outcome, periods];
    }),
  );
  const periods: PeriodsByOutcome = Object.fromEntries(byOutcome);
  const reader = { now, timeZone };
  const svg = drawActivity({
    total,
    period: `${dayTime(since, reader)} – ${dayTime(until - 1, reader)} · ${timeZone}`,
    query: String(masked(asked.query, context.show)),
    length,
    timeZone,
    buckets: bucketsOf(periods, { since, until, length, timeZone }),
  });
  return { name: 'activity.png', mime: 'image/png', bytes: await renderPng(svg) };
}

const ofOutcome = (outcome: Outcome): Term => ({
  field: 'outcome',
  not: false,
  values: [outcome],
  anyOf: [[{ column: 'outcome', is: outcome }]],
});

/** When the first of them happened. */
async function firstOf({ services }: CommandContext, filter: AuditFilter): Promise<number | null> {
  const stream = services.record.repository.stream(filter, { columns: ['at'], batch: 1 });
  for await (const [row] of stream) return row![0] as number;
  return null;
}
