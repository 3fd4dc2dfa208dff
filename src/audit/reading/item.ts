import { ACTOR_FIELDS, REST_FIELDS } from '../../ledger/entry.js';
import type { SqlValue } from '../../store/sql.js';
import type { AuditColumn } from '../table.js';

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
