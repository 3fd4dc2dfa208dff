/**
 * The small common face of both databases that everything beside Prisma's typed client speaks: positional `?`
 * parameters, double-quoted names, rows as plain objects in which integers are numbers and blobs are Buffers.
 */
export type SqlValue = string | number | bigint | Uint8Array | null;
export type Row = Record<string, string | number | Buffer | null>;

export type Dialect = 'sqlite' | 'postgresql';

export interface Reads {
  readonly dialect: Dialect;
  all<T = Row>(sql: string, params?: readonly SqlValue[]): Promise<T[]>;
  get<T = Row>(sql: string, params?: readonly SqlValue[]): Promise<T | undefined>;
  /** Rows as arrays in the order of the selected columns, for work in bulk. */
  rows(sql: string, params?: readonly SqlValue[]): Promise<SqlValue[][]>;
}

export interface Writes extends Reads {
  /** Runs a statement and says how many rows it touched. */
  run(sql: string, params?: readonly SqlValue[]): Promise<number>;
  /** Inserts many rows as fast as the database can take them. `columns` must all belong to `table`. */
  insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void>;
}

/** A table that takes rows in bulk, with the type of each column where it is not text. */
export interface BulkTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly types: Readonly<Record<string, 'integer' | 'blob'>>;
}

/** One connection that may write. Transactions take the database's write lock with their first statement. */
export interface Connection extends Writes {
  transaction<T>(work: (tx: Writes) => Promise<T>): Promise<T>;
  /**
   * `insertMany` as one statement together with another that changes one row: where that finds no row to change,
   * nothing is inserted, and 0 is returned. Only there where a round trip is worth saving.
   */
  insertIf?(
    change: string,
    params: readonly SqlValue[],
    table: BulkTable,
    rows: readonly (readonly SqlValue[])[],
  ): Promise<number>;
  close(): Promise<void>;
}

/** `"a","b"` */
export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(',');

/** `?,?,?` */
export const marks = (count: number): string => Array(count).fill('?').join(',');
