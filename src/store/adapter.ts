import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils';
import type { Database } from '../config/database.js';
import { SQLITE_PRAGMAS } from './sqlite.js';

/** Prisma's SQLite adapter sets no pragma of its own, and would leave `synchronous` at NORMAL. */
class SqliteAdapterFactory extends PrismaBetterSqlite3 {
  override async connect(): Promise<SqlDriverAdapter> {
    const adapter = await super.connect();
    await adapter.executeScript(`${SQLITE_PRAGMAS.join(';\n')};`);
    return adapter;
  }
}

/** PostgreSQL's one-letter type `"char"`, which its catalogue uses and nobody's tables do. */
const CHAR_TYPE = 18;
const TEXT_TYPE = 25;

/** The parts of Prisma's PostgreSQL adapter that a catalogue query passes through. */
interface CatalogueAdapter extends SqlDriverAdapter {
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[] }>;
}

/**
 * The schema engine reads PostgreSQL's catalogue and expects its "char" columns as characters; the adapter refuses
 * that type. So it is passed on as text, and called a character afterwards.
 */
class CatalogueAdapterFactory extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    const inner = adapter as unknown as CatalogueAdapter;
    const letters = new WeakMap<SqlQuery, number[]>();
    const performIO = inner.performIO.bind(inner);
    const queryRaw = inner.queryRaw.bind(inner);
    inner.performIO = async (query) => {
      const result = await performIO(query);
      const found: number[] = [];
      result.fields.forEach((field, index) => {
        if (field.dataTypeID !== CHAR_TYPE) return;
        field.dataTypeID = TEXT_TYPE;
        found.push(index);
      });
      letters.set(query, found);
      return result;
    };
    inner.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const index of letters.get(query) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  }
}

/** The adapter for the schema engine, which on PostgreSQL reads more types than the client ever does. */
export function migrationAdapterFor(target: Database, max = 2): SqlMigrationAwareDriverAdapterFactory {
  if (target.kind === 'sqlite') return adapterFor(target);
  return new CatalogueAdapterFactory({
    connectionString: target.url,
    connectionTimeoutMillis: 5000,
    // A connection that rests may be in the middle of a transaction.
    idleTimeoutMillis: 0,
    max,
  });
}

/** The driver adapter for either database, for Prisma's client and for its schema engine. */
export function adapterFor(target: Database): SqlMigrationAwareDriverAdapterFactory {
  return target.kind === 'sqlite'
    ? new SqliteAdapterFactory({ url: `file:${target.path}`, timeout: 50 })
    : new PrismaPg({
        connectionString: target.url,
        connectionTimeoutMillis: 2000,
        application_name: 'reeve',
      });
}
