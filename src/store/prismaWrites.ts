import { numberMarks } from './postgresql.js';
import { type BulkTable, type Dialect, marks, quoted, type Row, type SqlValue, type Writes } from './sql.js';

/** The part of Prisma's transaction client that takes raw SQL. */
export interface RawClient {
  $queryRawUnsafe<T>(sql: string, ...params: unknown[]): Promise<T>;
  $executeRawUnsafe(sql: string, ...params: unknown[]): Promise<number>;
}

/**
 * An open Prisma transaction behind the common face, so that a change made through Prisma's typed client and the
 * events that tell of it share one transaction.
 */
export class PrismaWrites implements Writes {
  readonly dialect: Dialect;
  readonly #client: RawClient;

  constructor(client: RawClient, dialect: Dialect) {
    this.#client = client;
    this.dialect = dialect;
  }

  async all<T = Row>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    const rows = await this.#client.$queryRawUnsafe<Record<string, unknown>[]>(
      this.#text(sql),
      ...params.map(toPrisma),
    );
    for (const row of rows) for (const name in row) row[name] = fromPrisma(row[name]);
    return rows as T[];
  }

  async get<T = Row>(sql: string, params: readonly SqlValue[] = []): Promise<T | undefined> {
    return (await this.all<T>(sql, params))[0];
  }

  async rows(sql: string, params: readonly SqlValue[] = []): Promise<SqlValue[][]> {
    return (await this.all(sql, params)).map((row) => Object.values(row) as SqlValue[]);
  }

  run(sql: string, params: readonly SqlValue[] = []): Promise<number> {
    return this.#client.$executeRawUnsafe(this.#text(sql), ...params.map(toPrisma));
  }

  async insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    const sql = `INSERT INTO "${table.name}" (${quoted(table.columns)}) VALUES (${marks(table.columns.length)})`;
    for (const row of rows) await this.run(sql, row);
  }

  #text(sql: string): string {
    return this.dialect === 'postgresql' ? numberMarks(sql) : sql;
  }
}

/** Numbers of ours are integers of up to 53 bits; Prisma would take a large one for a fraction. */
const toPrisma = (value: SqlValue): unknown => (typeof value === 'number' ? BigInt(value) : value);

function fromPrisma(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value;
}
