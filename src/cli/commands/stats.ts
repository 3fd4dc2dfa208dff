import type { Statistics } from '../../audit/reading/statistics.js';
import { entries } from '../amount.js';
import { bars } from '../bars.js';
import { type CliCommand, OK } from '../command.js';
import { openIndexedRepository } from '../indexedRepository.js';
import { openLedgerReader } from '../ledgerReader.js';
import { QUERY_HELP, readQuery } from '../queryOption.js';
import { writeTo } from '../terminal.js';

/** More periods than these are not shown one by one; the newest are. */
const PERIODS_SHOWN = 31;
const TWO_DAYS = 2 * 86_400_000;

export const stats: CliCommand = {
  name: 'stats',
  summary: 'Count the record: by category, action, outcome, actor and time',
  words: '[QUERY]',
  wordCount: [0, 1000],
  options: [],
  details: QUERY_HELP,
  examples: ['reeve stats since:7d', 'reeve stats category:security since:yesterday', 'reeve stats --json'],
  async run({ args, config, terminal, json }) {
    const settings = config();
    const now = terminal.now();
    const { filter, range } = readQuery(args.words, settings, now);
    const reader = await openLedgerReader(settings, terminal);
    const repository = await openIndexedRepository(settings, reader);
    try {
      const isShort = filter.since !== undefined && (filter.until ?? now) - filter.since <= TWO_DAYS;
      const { timeZone } = settings;
      const period = isShort ? 'hour' : 'day';
      const statistics = await repository.getStatistics({ filter, period, timeZone });
      const text = json
        ? `${JSON.stringify({ ...statistics, range })}\n`
        : statisticsText(statistics, range, timeZone);
      await writeTo(terminal.stdout, text);
      return OK;
    } finally {
      await repository.close();
      await reader.close();
    }
  },
};

function statisticsText(statistics: Statistics, range: string, timeZone: string): string {
  const { total, byCategory, byAction, byOutcome, topActors, periods, period } = statistics;
  if (total === 0) return `Nothing was recorded (${range}).\n`;
  const start = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    ...(period === 'hour' && { timeStyle: 'short' }),
  });
  const shown = periods.slice(-PERIODS_SHOWN);
  const title = `${period === 'hour' ? 'By hour' : 'By day'}${shown.length < periods.length ? ` (the last ${shown.length} of ${periods.length})` : ''}`;
  return [
    `${entries(total)} (${range})\n\n`,
    bars(
      title,
      shown.map((one) => ({ name: start.format(one.start), value: one.count })),
    ),
    bars('By category', largestFirst(byCategory)),
    bars('By action', largestFirst(byAction)),
    bars('By outcome', largestFirst(byOutcome)),
    bars(
      'Busiest actors',
      topActors.map((one) => ({ name: one.actorPhone ?? one.actorId ?? '(erased)', value: one.count })),
    ),
  ].join('');
}

const largestFirst = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => b.value - a.value);
