import { readHead } from '../../../audit/ledgerRows.js';
import { describeInstant } from '../../../audit/query/describe.js';
import { emptyFilter } from '../../../audit/query/filter.js';
import { type CommandContext, defineCommand } from '../../command.js';
import { eventsInWords, planWords, retentionWords } from '../../retentionWords.js';
import { bold, lines, say, type Text } from '../../text.js';
import { readerOf } from './around.js';

const DAY = 86_400_000;
const SOON_DAYS = 7;

export const retention = defineCommand({
  name: 'audit retention',
  group: 'Record',
  summary: 'How long events are kept, and what goes when',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: {},
  examples: ['audit retention'],
  handle: async (context) => ({ text: lines(...(await told(context))) }),
});

async function told(context: CommandContext): Promise<(Text | null)[]> {
  const { services } = context;
  const { config, record } = services;
  const { days, keepForever } = config.retention;
  const head = await readHead(record.store.read, record.ledger.tenant);
  const gone = head?.anchor.size ?? 0;
  const removed =
    gone === 0
      ? say`Nothing has been removed so far.`
      : say`${eventsInWords(gone)} are gone: #1 to #${gone}.`;
  if (keepForever) return [say`Events are kept ${bold('for ever')}.`, removed];
  const { now, timeZone } = readerOf(context);
  const { plan, cutoff } = await services.retaining.retention.plan();
  const going = plan.kind === 'prune' ? plan.to : gone;
  const count = (range: { since?: number; until: number }) =>
    record.repository.count({ ...emptyFilter(), seqFrom: going + 1, ...range });
  const behind = plan.kind === 'refused' ? 0 : await count({ until: cutoff });
  const soon = await count({ since: cutoff, until: cutoff + SOON_DAYS * DAY });
  const oldest = plan.kind === 'nothing' ? await oldestAt(context) : null;
  const { last, next, overdue } = await retentionWords(context);
  const { archive } = config;
  return [
    say`Events are kept for ${bold(`${days} days`)}: those from before ${describeInstant(cutoff, timeZone)} have expired.`,
    removed,
    planWords(plan),
    behind === 0
      ? null
      : say`${eventsInWords(behind)} of that age stand after one that has to stay, and can only go after it.`,
    oldest !== null && oldest + days * DAY > now
      ? say`The oldest reaches that age on ${describeInstant(oldest + days * DAY, timeZone)} (${timeZone}).`
      : null,
    soon === 0 ? null : say`In the next ${SOON_DAYS} days ${eventsInWords(soon)} more will be.`,
    last,
    next,
    overdue,
    archive.dir === undefined
      ? say`Nothing is archived: what goes is gone, and the signature still vouches for it.`
      : say`What goes is archived for ${archive.days} days.`,
  ];
}

async function oldestAt({ services }: CommandContext): Promise<number | null> {
  const stream = services.record.repository.stream(emptyFilter(), { columns: ['at'], batch: 1 });
  for await (const [row] of stream) return row![0] as number;
  return null;
}
