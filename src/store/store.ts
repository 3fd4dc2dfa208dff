import { randomUUID } from 'node:crypto';
import { type Database, databaseLabel } from '../config/database.js';
import { adapterFor } from './adapter.js';
import { openConnection } from './connection.js';
import type { PrismaClient } from './generated/sqlite/client.js';
import { inspectGuards, installGuards } from './guards.js';
import { migrate } from './migrate.js';
import { openPool, PostgresqlConnection } from './postgresql.js';
import { withSetupLock } from './setupLock.js';
import type { Connection, Dialect, Reads, Writes } from './sql.js';
import { openSqlite, SqliteConnection } from './sqlite.js';
import { Turns } from './turns.js';

/** Prisma's typed client, also inside a transaction. Both databases have one with the same types. */
export type { Prisma, PrismaClient } from './generated/sqlite/client.js';

/** Which database this is. A data directory remembers it. */
export interface Installation {
  id: string;
  instance: string;
}

export interface OpenedStore {
  store: Store;
  /** Migrations applied just now. */
  migrated: string[];
  /** Append-only guards that somebody had taken away or changed, and that were put back. */
  restoredGuards: string[];
}

/**
 * The database, opened: one connection that reads, one that writes (only in its turn), and Prisma's typed client
 * for changes that belong together with their event.
 */
export class Store {
  readonly target: Database;
  readonly label: string;
  readonly dialect: Dialect;
  readonly read: Reads;
  readonly turns = new Turns();
  readonly #write: Connection;
  readonly #reader: Connection;
  #prisma: Promise<PrismaClient> | undefined;

  private constructor(target: Database, write: Connection, reader: Connection) {
    this.target = target;
    this.label = databaseLabel(target);
    this.dialect = target.kind;
    this.#write = write;
    this.#reader = reader;
    this.read = reader;
  }

  /** Opens and migrates. */
  static async open(target: Database, lockWaitMs?: number): Promise<OpenedStore> {
    const migrated = await migrate(target);
    const store = new Store(target, openConnection(target, lockWaitMs), openReader(target));
    try {
      return { store, migrated, restoredGuards: await store.#restoreGuards() };
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async #restoreGuards(): Promise<string[]> {
    const look = async () => {
      const { harmed, outdated } = await inspectGuards(this.#write);
      return { harmed, isWhole: harmed.length + outdated.length === 0 };
    };
    if ((await look()).isWhole) return [];
    return withSetupLock(this.target, async () => {
      // Another process may have been faster.
      const { harmed, isWhole } = await look();
      if (!isWhole) await installGuards(this.#write);
      return harmed;
    });
  }

  /** Opens an existing, migrated database for reading. Nothing is created or changed. */
  static openReadOnly(target: Database): Reads & { close(): Promise<void> } {
    return target.kind === 'sqlite'
      ? new SqliteConnection(openSqlite(target.path, { readOnly: true }))
      : new PostgresqlConnection(openPool(target.url));
  }

  /** Writes in this process's turn. */
  transaction<T>(work: (tx: Writes) => Promise<T>): Promise<T> {
    return this.turns.run(() => this.#write.transaction(work));
  }

  /** Prisma's client. It writes on a connection of its own: use it inside `turns` only. */
  prisma(): Promise<PrismaClient> {
    this.#prisma ??= openPrisma(this.target);
    return this.#prisma;
  }

  /** Which database this is; the first to ask names it. */
  async installation(instance: string, now: number): Promise<Installation> {
    const select = `SELECT "id", "instance" FROM "Installation" WHERE "key" = 1`;
    const known = await this.read.get<{ id: string; instance: string }>(select);
    if (known !== undefined) return known;
    return this.transaction(async (tx) => {
      await tx.run(
        `INSERT INTO "Installation" ("key", "id", "instance", "createdAt") VALUES (1, ?, ?, ?)
           ON CONFLICT ("key") DO NOTHING`,
        [randomUUID(), instance, now],
      );
      return (await tx.get<{ id: string; instance: string }>(select))!;
    });
  }

  async close(): Promise<void> {
    await this.turns.run(async () => {
      await (await this.#prisma)?.$disconnect();
      await this.#reader.close();
      await this.#write.close();
    });
  }
}

function openReader(target: Database): Connection {
  return target.kind === 'sqlite'
    ? new SqliteConnection(openSqlite(target.path, { readOnly: true }))
    : new PostgresqlConnection(openPool(target.url, { max: 4 }));
}

async function openPrisma(target: Database): Promise<PrismaClient> {
  const adapter = adapterFor(target);
  if (target.kind === 'sqlite') {
    const { PrismaClient: Sqlite } = await import('./generated/sqlite/client.js');
    const client = new Sqlite({ adapter });
    // It runs in the bot's own thread, which must not stand still while another process has the lock.
    await client.$queryRawUnsafe('PRAGMA busy_timeout = 5');
    return client;
  }
  const { PrismaClient: Postgresql } = await import('./generated/postgresql/client.js');
  // The two clients differ in nothing that can be seen from outside: one schema is derived from the other.
  return new Postgresql({ adapter }) as unknown as PrismaClient;
}
