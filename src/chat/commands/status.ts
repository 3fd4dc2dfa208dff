import { describeInstant } from '../../audit/query/describe.js';
import { timeZone } from '../../settings/builtIn.js';
import { type CommandContext, defineCommand } from '../command.js';
import { retentionWords } from '../retentionWords.js';
import { bold, joined, lines, type Piece, say } from '../text.js';

export const status = defineCommand({
  name: 'status',
  group: 'Bot',
  summary: 'Shows how the bot and its record are',
  role: 'OPERATOR',
  leaves: 'nothing',
  args: {},
  examples: ['status'],
  handle: async (context) => {
    const { services, now } = context;
    const { record, config, gateway, breakers, membership, settings, watches } = services;
    const { state, detail } = gateway.status();
    const written = record.status();
    const ledger = await ledgerRows(context).catch((): Row[] => [
      ['Database', say`does not answer; this is what is known without it`],
    ]);
    const spool =
      written.spooled === 0 ? say`empty` : say`${written.spooled} waiting, ${written.spoolBytes} bytes`;
    const troubled = breakers.list().filter((breaker) => breaker.state !== 'closed');
    const limits = settings.list().filter(({ setting }) => setting.key.startsWith('limits.'));
    const rows: Row[] = [
      ['Up since', say`${moment(services.startedAt, context)} (${duration(now - services.startedAt)})`],
      ['Gateway', say`${gateway.channel}, ${state}${detail === undefined ? '' : `: ${detail}`}`],
      ['Database', say`${config.databaseLabel}`],
      ['Record', say`${written.state}${written.why === null ? '' : `: ${written.why}`}`],
      ...ledger,
      ['Spool', spool],
      written.shed > 0 && ['Lost', say`${written.shed}, told in the record`],
      written.mirror !== null && ['Mirror', say`on`],
      ['Whitelist', membership.isWhitelistOn() ? say`on` : say`off`],
      [
        'Limits',
        joined(
          limits.map(({ setting, shown }) => say`${setting.key.slice(7)} ${shown}`),
          ' · ',
        ),
      ],
      [
        'Breakers',
        troubled.length === 0
          ? say`all closed`
          : joined(
              troubled.map(({ name, state: is }) => say`${name} ${is}`),
              ' · ',
            ),
      ],
      ['Watches', say`${watches.list().length}`],
    ].filter((row): row is Row => row !== false);
    return { text: lines(...rows.map(([name, value]) => say`${bold(name)}: ${value}`)) };
  },
});

type Row = [string, Piece];

/** What only the database can say. */
async function ledgerRows(context: CommandContext): Promise<Row[]> {
  const { record, config } = context.services;
  const { store, ledger } = record;
  const { days, keepForever } = config.retention;
  const row = await store.read.get<{
    size: number;
    anchor: number;
    signed: number | null;
    at: number | null;
  }>(
    `SELECT l."size" AS "size", l."anchorSize" AS "anchor", c."size" AS "signed", c."at" AS "at"
       FROM "Ledger" l LEFT JOIN "LedgerCheckpoint" c ON c."tenant" = l."tenant"
      WHERE l."tenant" = ? ORDER BY c."size" DESC LIMIT 1`,
    [ledger.tenant],
  );
  const { size, anchor, signed, at } = row ?? { size: 0, anchor: 0, signed: null, at: null };
  const { last, overdue } = await retentionWords(context);
  const kept = keepForever ? say`for ever` : say`${days} days. ${last} ${overdue ?? ''}`;
  const unsigned = size - (signed ?? 0);
  const rest = unsigned === 0 ? '' : `, ${unsigned} not yet`;
  return [
    ['Ledger', say`${ledger.origin}, ${size - anchor} entries, up to #${size}`],
    [
      'Signed',
      signed === null || signed === 0 || at === null
        ? say`nothing yet`
        : say`up to #${signed}, ${moment(at, context)}${rest}`,
    ],
    ['Retention', kept],
  ];
}

const moment = (at: number, { services }: CommandContext): string =>
  describeInstant(at, services.settings.get(timeZone)).slice(0, 16);

function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
