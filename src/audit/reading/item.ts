import type { ACTOR_FIELDS, REST_FIELDS } from '../../ledger/entry.js';
import type { SqlValue } from '../../store/sql.js';
import { EXPORT_FIELDS } from '../export/formats.js';

type Field = (typeof EXPORT_FIELDS)[number];
type Text = 'entityType' | (typeof ACTOR_FIELDS)[number] | Exclude<(typeof REST_FIELDS)[number], 'status'>;

/**
 * An entry as one flat object with the ledger format's field names. `metadata`, `before`, `after` and `scopes` are the
 * JSON text as it is stored.
 */
export type AuditItem = { [K in 'seq' | 'at']: number } & { [K in 'status' | 'erasedAt']: number | null } & {
  [K in Text]: string | null;
} & { [K in Exclude<Field, Text | 'seq' | 'at' | 'status' | 'erasedAt'>]: string };

/** A row of EXPORT_FIELDS as an object. */
export function toItem(row: readonly SqlValue[]): AuditItem {
  const item: Record<string, SqlValue | undefined> = {};
  for (let i = 0; i < EXPORT_FIELDS.length; i++) item[EXPORT_FIELDS[i]!] = row[i];
  return item as unknown as AuditItem;
}
