import { ACTOR_FIELDS, REST_FIELDS } from '../../ledger/entry.js';
import type { SqlValue } from '../../store/sql.js';
import { AT, type AuditColumn, type AuditRow } from '../table.js';
import { CSV_BOM, csvHeader, csvRow } from './csv.js';

/** What every export and query shows, by the ledger format's names. Salts and hashes are for bundles. */
export const EXPORT_FIELDS = [
  'seq',
  'id',
  'at',
  'tenant',
  'category',
  'action',
  'verb',
  'outcome',
  'actorType',
  'entityType',
  'channel',
  ...ACTOR_FIELDS,
  ...REST_FIELDS,
  'erasedAt',
] as const satisfies readonly AuditColumn[];

export const EXPORT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** One entry as exports and `query --json` show it. */
export type ExportedEntry = { [K in (typeof EXPORT_FIELDS)[number]]: string | number | null };

export interface ExportOptions {
  /** Begin a CSV with a byte order mark, which some spreadsheets need to see UTF-8. */
  bom?: boolean;
  /** Stop after so many entries, and say so. */
  limit?: number;
}

export interface ExportResult {
  rows: number;
  /** There were more entries than the limit. */
  cut: boolean;
}

const COLUMNS = EXPORT_FIELDS.map((field) => AT[field]);

/** Turns rows into the text of an export, a batch at a time: memory does not grow with the number of entries. */
export async function* exportText(
  format: ExportFormat,
  batches: AsyncIterable<AuditRow[]>,
  { bom = false, limit = Number.POSITIVE_INFINITY }: ExportOptions = {},
): AsyncGenerator<string, ExportResult> {
  let rows = 0;
  let cut = false;
  if (format === 'csv') yield (bom ? CSV_BOM : '') + csvHeader(EXPORT_FIELDS);
  if (format === 'json') yield '[';
  for await (const batch of batches) {
    let text = '';
    for (const row of batch) {
      if (rows >= limit) {
        cut = true;
        break;
      }
      if (format === 'csv') text += csvRow(pick(row));
      else if (format === 'ndjson') text += `${JSON.stringify(exported(row))}\n`;
      else text += `${rows === 0 ? '\n' : ',\n'}${JSON.stringify(exported(row))}`;
      rows += 1;
    }
    if (text !== '') yield text;
    if (cut) break;
  }
  if (format === 'json') yield '\n]\n';
  return { rows, cut };
}

export function exported(row: AuditRow): ExportedEntry {
  const entry: Record<string, SqlValue> = {};
  for (let i = 0; i < COLUMNS.length; i++) entry[EXPORT_FIELDS[i]!] = row[COLUMNS[i]!]!;
  return entry as ExportedEntry;
}

function pick(row: AuditRow): (string | number | null)[] {
  const cells: (string | number | null)[] = [];
  for (const column of COLUMNS) cells.push(row[column] as string | number | null);
  return cells;
}
