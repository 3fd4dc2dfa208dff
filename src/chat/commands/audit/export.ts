import { createHash } from 'node:crypto';
import { actorOf } from '../../../access/person.js';
import { EXPORT_FORMATS, type ExportFormat, exportText } from '../../../audit/export/formats.js';
import type { AuditFilter } from '../../../audit/query/filter.js';
import { wallTime } from '../../../audit/query/zone.js';
import { EXPORT_FIELDS } from '../../../audit/reading/item.js';
import { oneOf, optional, rest } from '../../argument.js';
import { type CommandContext, defineCommand } from '../../command.js';
import { code, lines, say } from '../../text.js';
import { queryOf, readerOf } from './around.js';

/** More is for the command line, which has no limit. */
const MOST_ROWS = 10_000;

const MIMES: Record<ExportFormat, string> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
};

export const exportCommand = defineCommand({
  name: 'audit export',
  group: 'Record',
  summary: 'What a query finds as a file: the same events as the list, newest first',
  role: 'ADMIN',
  leaves: { records: 'itself' },
  args: { format: oneOf(...EXPORT_FORMATS), query: optional(rest('field')) },
  examples: ['audit export csv since:7d', 'audit export json category:security', 'audit export ndjson'],
  async handle(context, { format, query }) {
    const { services, person, performer } = context;
    const { filter, range } = queryOf(context, query, `audit export ${format}`);
    const { rows, cut, bytes } = await fileOf(context, format, filter);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await services.record.logger.logAuditLogExported(
      { performedBy: actorOf(person), format, rows, query: query ?? '', sha256 },
      performer.context,
    );
    const within = range === 'everything' ? say`` : say` ${range}`;
    if (rows === 0)
      return { text: say`Nothing was found${within}, so there is no file.`, isPrivate: true, rows };
    return {
      text: lines(
        say`${rows.toLocaleString('en-US')} ${rows === 1 ? 'event' : 'events'}, newest first${within}`,
        cut &&
          say`These are the newest ${MOST_ROWS.toLocaleString('en-US')}, and there are more: narrow the query, or use ${code('reeve export')}, which has no limit.`,
        say`SHA-256: ${code(sha256)}`,
      ),
      document: { name: fileName(context, format), mime: MIMES[format], bytes },
      isPrivate: true,
      rows,
    };
  },
});

async function fileOf({ services }: CommandContext, format: ExportFormat, filter: AuditFilter) {
  const { repository } = services.record;
  const batches = repository.stream(filter, { columns: EXPORT_FIELDS, order: 'desc' });
  // Spreadsheets on phones and desks take a CSV without the mark for another encoding.
  const text = exportText(format, batches, { limit: MOST_ROWS, bom: format === 'csv' });
  const pieces: Buffer[] = [];
  for (;;) {
    const step = await text.next();
    if (step.done) return { ...step.value, bytes: Buffer.concat(pieces) };
    pieces.push(Buffer.from(step.value));
  }
}

/** `reeve-2031-05-14-1402.csv`, by the clock on the wall. */
function fileName(context: CommandContext, format: ExportFormat): string {
  const { now, timeZone } = readerOf(context);
  const wall = new Date(wallTime(now, timeZone)).toISOString();
  return `reeve-${wall.slice(0, 10)}-${wall.slice(11, 13)}${wall.slice(14, 16)}.${format}`;
}
