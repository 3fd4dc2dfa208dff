import pg from 'pg';
import { type BulkTable, type Connection, quoted, type Row, type SqlValue, type Writes } from './sql.js';

/** BIGINT arrives as text by default; every integer of ours lies within ±(2^53 − 1). */
const types = new pg.TypeOverrides();
types.setTypeParser(20, (text) => Number(text));
types.setTypeParser(1700, (text) => Number(text));

/** `?` → `$1`, `$2` …, remembered per statement. Our SQL never holds a question mark of another meaning. */
const numbered = new Map<string, string>();
export function numberMarks(sql: string): string {
  let text = numbered.get(sql);
  if (text === undefined) {
    let n = 0;
    text = sql.replace(/\?/g, () => `$${++n}`);
    if (numbered.size < 500) numbered.set(sql, text);
  }
  return text;
}

export interface PostgresqlOptions {
  /** How long one statement may take before the server ends it; 0 for no limit (long reads). */
  statementTimeoutMs?: number;
  connectTimeoutMs?: number;
  max?: number;
}

/** A pool with our settings. Errors of idle connections are swallowed: the next use reports them. */
export function openPool(url: string, options: PostgresqlOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: options.max ?? 4,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2000,
    statement_timeout: options.statementTimeoutMs ?? 0,
    // The client's own limit, for a server that no longer answers at all.
    ...(options.statementTimeoutMs && { query_timeout: options.statementTimeoutMs + 500 }),
    keepAlive: true,
    application_name: 'reeve',
  });
  pool.on('error', () => {});
  return pool;
}

type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>;

class Session implements Writes {
  readonly dialect = 'postgresql';
  protected readonly queryable: Queryable;

  constructor(queryable: Queryable) {
    this.queryable = queryable;
  }

  async all<T = Row>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    const result = await this.queryable.query(numberMarks(sql), params as unknown[]);
    return result.rows as T[];
  }

  async get<T = Row>(sql: string, params: readonly SqlValue[] = []): Promise<T | undefined> {
    return (await this.all<T>(sql, params))[0];
  }

  async rows(sql: string, params: readonly SqlValue[] = []): Promise<SqlValue[][]> {
    const query = { text: numberMarks(sql), values: params as unknown[], rowMode: 'array' as const };
    return (await this.queryable.query(query)).rows as SqlValue[][];
  }

  async run(sql: string, params: readonly SqlValue[] = []): Promise<number> {
    const result = await this.queryable.query(numberMarks(sql), params as unknown[]);
    return result.rowCount ?? 0;
  }

  /** One statement with one JSON parameter: no limit on parameters, one plan whatever the number of rows. */
  async insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    await this.run(insertFromJson(table), [rowsAsJson(table, rows)]);
  }
}

function insertFromJson(table: BulkTable, alsoFrom = ''): string {
  const typed = table.columns.map((name) => {
    const type = table.types[name];
    return `"${name}" ${type === 'integer' ? 'bigint' : 'text'}`;
  });
  const picked = table.columns.map((name) =>
    table.types[name] === 'blob' ? `decode(r."${name}", 'hex')` : `r."${name}"`,
  );
  return (
    `INSERT INTO "${table.name}" (${quoted(table.columns)}) SELECT ${picked.join(',')} ` +
    `FROM json_to_recordset(?::json) AS r(${typed.join(',')})${alsoFrom}`
  );
}

function rowsAsJson(table: BulkTable, rows: readonly (readonly SqlValue[])[]): string {
  const objects = rows.map((row) => {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (value === null || value === undefined) continue;
      object[table.columns[i]!] = typeof value === 'object' ? Buffer.from(value).toString('hex') : value;
    }
    return object;
  });
  return JSON.stringify(objects);
}

/** A pool behind the common face; each transaction has a connection of its own. */
export class PostgresqlConnection extends Session implements Connection {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super(pool);
    this.#pool = pool;
  }

  async transaction<T>(work: (tx: Writes) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work(new Session(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((rollback: Error) => {
        broken ??= rollback;
      });
      throw error;
    } finally {
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  insertIf(
    change: string,
    params: readonly SqlValue[],
    table: BulkTable,
    rows: readonly (readonly SqlValue[])[],
  ): Promise<number> {
    const insert = insertFromJson(table, ', changed');
    return this.run(`WITH changed AS (${change}) ${insert}`, [...params, rowsAsJson(table, rows)]);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
