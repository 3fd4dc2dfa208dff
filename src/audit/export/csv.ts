/**
 * CSV rows after RFC 4180, safe to open in a spreadsheet.
 *
 * A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula,
 * and what is in the log was written by strangers. Such cells get a leading apostrophe, which spreadsheets
 * show as text. Whole phone numbers (`+12025550100`) and integers (`-12`) cannot compute anything and stay as
 * they are, so that columns of them remain usable.
 *
 * An export has a million rows, so a row is put together by hand: cells that need nothing cost one look at
 * their first character and one search.
 */

/** Put before the header for spreadsheets that would otherwise guess an encoding. */
export const CSV_BOM = '\ufeff';

export type CsvCell = string | number | null;

const NEEDS_QUOTES = /[",\r\n]/;
const HARMLESS = /^(?:\+[0-9]{7,15}|-?[0-9]+)$/;

/** One row with its line end. Null and the empty string are both an empty cell. */
export function csvRow(cells: readonly CsvCell[]): string {
  // A line with nothing on it would be skipped by most readers.
  if (cells.length === 1 && (cells[0] === null || cells[0] === '')) return '""\r\n';
  let row = '';
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    if (i > 0) row += ',';
    if (cell !== null) row += csvCell(typeof cell === 'number' ? String(cell) : cell);
  }
  return `${row}\r\n`;
}

export function csvHeader(names: readonly string[]): string {
  return csvRow(names);
}

function csvCell(text: string): string {
  const first = text.charCodeAt(0);
  // All formula beginnings lie at or below `@`; letters, the usual case, end the check here.
  const guarded = first <= 0x40 && isFormulaStart(first) && !HARMLESS.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** `=`, `+`, `-`, `@`, tab, carriage return. */
function isFormulaStart(code: number): boolean {
  return code === 0x3d || code === 0x2b || code === 0x2d || code === 0x40 || code === 0x09 || code === 0x0d;
}
