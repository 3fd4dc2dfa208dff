import type { Reads, SqlValue, Writes } from '../../store/sql.js';
import type { CountTable } from './tables.js';
import type { Sought } from './tokens.js';

/** Rows on their way into the index: where in each its number stands, and where its DOCUMENT_COLUMNS begin. */
export interface IndexedRows {
  rows: readonly SqlValue[][];
  seqAt: number;
  documentAt: number;
}

/** The numbers of a stretch of the ledger that may hold what is sought, in order, at most `limit` of them. */
export interface Search {
  sought: Sought;
  from: number;
  to: number;
  limit: number;
  order: 'asc' | 'desc';
}

/** Where one tenant's index is kept: what either database does in its own way. */
export interface IndexStore {
  /** Runs reads that all see the same moment. */
  read<T>(work: (tx: Reads) => Promise<T>): Promise<T>;
  /** Runs reads each of which may see a later moment than the one before, where that saves asking a server. */
  readLoosely<T>(work: (tx: Reads) => Promise<T>): Promise<T>;
  /** Runs a transaction. What it needs to lock first, it locks by `lockState`. */
  write<T>(work: (tx: Writes) => Promise<T>): Promise<T>;
  /** Added to the statement that reads the state in a transaction that is going to write. */
  readonly lockClause: string;
  addDocuments(tx: Writes, documents: IndexedRows): Promise<void>;
  addCounts(tx: Writes, table: CountTable, items: readonly object[]): Promise<void>;
  search(tx: Reads, search: Search): Promise<number[]>;
  /** Takes out the words of the entries `from` … `to`. */
  forgetDocuments(tx: Writes, from: number, to: number): Promise<void>;
  forgetAllDocuments(tx: Writes): Promise<void>;
  /** After much has been taken in or out: leaves nothing of what was taken out. Calls `pause` between its steps. */
  tidy(pause: () => Promise<void>): Promise<void>;
  /** Leaves nothing of what was ever in it, not even out of sight. It is made anew when it is next needed. */
  purge(): Promise<void>;
  close(): Promise<void>;
}
