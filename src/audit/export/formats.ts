import type { SqlValue } from '../../store/sql.js';
import { EXPORT_FIELDS, toItem } from '../reading/item.js';
import { CSV_BOM, type CsvCell, csvHeader, csvRow } from './csv.js';

export const EXPORT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

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

/** Turns rows of EXPORT_FIELDS into the text of an export, a batch at a time: memory does not grow with their number. */
export async function* exportText(
  format: ExportFormat,
  batches: AsyncIterable<SqlValue[][]>,
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
      if (format === 'csv') text += csvRow(row as CsvCell[]);
      else if (format === 'ndjson') text += `${JSON.stringify(toItem(row))}\n`;
      else text += `${rows === 0 ? '\n' : ',\n'}${JSON.stringify(toItem(row))}`;
      rows += 1;
    }
    if (text !== '') yield text;
    if (cut) break;
  }
  if (format === 'json') yield '\n]\n';
  return { rows, cut };
}
