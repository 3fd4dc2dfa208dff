import { readHead } from '../../../audit/ledgerRows.js';
import { describeInstant } from '../../../audit/query/describe.js';
import { emptyFilter } from '../../../audit/query/filter.js';
import { type CommandContext, defineCommand } from '../../command.js';
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
    gone === 0 ? say`Nothing has been removed so far.` : say`${events(gone)} are gone: #1 to #${gone}.`;
  if (keepForever) return [say`Events are kept ${bold('for ever')}.`, removed];
  const { now, timeZone } = readerOf(context);
  const edge = now - days * DAY;
  const before = (until: number) => record.repository.count({ ...emptyFilter(), until });
  const due = await before(edge);
  const soon = (await before(edge + SOON_DAYS * DAY)) - due;
  const oldest = await oldestAt(context);
  const { archive } = config;
  return [
    say`Events are kept for ${bold(`${days} days`)}.`,
    removed,
    due === 0
      ? say`None is older than that.`
      : say`${bold(events(due))} ${due === 1 ? 'is' : 'are'} older than that, from before ${describeInstant(edge, timeZone)}, and due to go.`,
    due === 0 && oldest !== null
      ? say`The oldest reaches that age on ${describeInstant(oldest + days * DAY, timeZone)} (${timeZone}).`
      : null,
    soon === 0 ? null : say`In the next ${SOON_DAYS} days ${events(soon)} more will be.`,
    archive.dir === undefined
      ? say`Nothing is archived: what goes is gone, and the signature still vouches for it.`
      : say`What goes is archived for ${archive.days} days.`,
  ];
}

const events = (count: number): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? 'event' : 'events'}`;

async function oldestAt({ services }: CommandContext): Promise<number | null> {
  const stream = services.record.repository.stream(emptyFilter(), { columns: ['at'], batch: 1 });
  for await (const [row] of stream) return row![0] as number;
  return null;
}
