/**
 * The tables of the index, the same in both databases but for the words. In SQLite they lie in a file of their own,
 * in PostgreSQL in a schema of their own. Nothing here is ever migrated: another format is made anew from the ledger.
 */
import type { Dialect } from '../../store/sql.js';

/** Raised whenever tables, tokens or counts change their meaning. */
export const INDEX_FORMAT = 2;

export const INDEX_SCHEMA = 'reeve_index';

/** A table's name as statements write it. */
export const indexTable = (dialect: Dialect, name: string): string =>
  dialect === 'sqlite' ? `"${name}"` : `"${INDEX_SCHEMA}"."${name}"`;

/**
 * How a table is made. PostgreSQL keeps it out of its write-ahead log and empties it after a crash, which costs
 * nothing that the ledger does not still have.
 */
export const createTable = (dialect: Dialect): string =>
  dialect === 'sqlite' ? 'CREATE TABLE' : 'CREATE UNLOGGED TABLE';

/** The tables of counts, with their columns; the first ones are the key, after the tenant. */
export const COUNT_TABLES = {
  hours: { key: ['hour'], values: ['count', 'minSeq', 'maxSeq'] },
  acts: { key: ['span', 'start', 'category', 'action', 'outcome'], values: ['count', 'minSeq', 'maxSeq'] },
  actors: { key: ['span', 'start', 'actor'], values: ['count'] },
} as const;
export type CountTable = keyof typeof COUNT_TABLES;

const TEXTS: ReadonlySet<string> = new Set(['category', 'action', 'outcome', 'actor']);

export const columnType = (column: string): 'TEXT' | 'BIGINT' => (TEXTS.has(column) ? 'TEXT' : 'BIGINT');

/**
 * How counts are added to those that are there. Entries come in the order of their numbers, so the newest of what is
 * added is the newest of all.
 */
export function onCountConflict(table: CountTable): string {
  const { key, values } = COUNT_TABLES[table];
  const newest = values.length > 1 ? ', "maxSeq" = excluded."maxSeq"' : '';
  const columns = ['tenant', ...key].map((name) => `"${name}"`).join(', ');
  return `ON CONFLICT (${columns}) DO UPDATE SET "count" = t."count" + excluded."count"${newest}`;
}

/** The statements that make the tables common to both. */
export function commonDdl(dialect: Dialect): string[] {
  const ending = dialect === 'sqlite' ? ' WITHOUT ROWID' : '';
  const create = createTable(dialect);
  const counts = (Object.keys(COUNT_TABLES) as CountTable[]).map((table) => {
    const { key, values } = COUNT_TABLES[table];
    const columns = [...key, ...values].map((name) => `"${name}" ${columnType(name)} NOT NULL`);
    const primary = ['tenant', ...key].map((name) => `"${name}"`).join(', ');
    return (
      `${create} ${indexTable(dialect, table)} ("tenant" TEXT NOT NULL, ${columns.join(', ')}, ` +
      `PRIMARY KEY (${primary}))${ending}`
    );
  });
  return [
    `${create} ${indexTable(dialect, 'state')} ("tenant" TEXT PRIMARY KEY, "generation" BIGINT NOT NULL,
      "seq" BIGINT NOT NULL, "leaf" TEXT NOT NULL, "anchor" BIGINT NOT NULL, "erasure" BIGINT NOT NULL,
      "forgotten" BIGINT NOT NULL)`,
    ...counts,
  ];
}
