import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { openPool } from '../../src/store/postgresql.js';
import { tempFolder } from '../support/tempFolder.js';
import type { Place } from './place.js';

const TABLES = ['AuditLog', 'Ledger', 'LedgerCheckpoint', 'LedgerStatement', 'LedgerConsistency'];

/**
 * Copies of one place, each to be ruined in its own way. Nobody may be connected to the original meanwhile. Copying
 * a whole PostgreSQL database for each of some hundred changes would take minutes, so the rows are put back instead;
 * a change to the tables themselves wants a copy of its own.
 */
export class Copies {
  readonly #original: Place;
  #server: pg.Pool | undefined;
  #shared: pg.Pool | undefined;
  #sharedUrl = '';
  readonly #names: string[] = [];

  constructor(original: Place) {
    this.#original = original;
  }

  /** A fresh copy; what was made of the one before may be gone. */
  async next(): Promise<Place> {
    const { database } = this.#original;
    if (database.kind === 'sqlite') return this.nextOfItsOwn();
    if (this.#shared === undefined) {
      this.#sharedUrl = await this.#copyDatabase(database.url);
      this.#shared = openPool(this.#sharedUrl, { max: 1 });
      await this.#shared.query('CREATE SCHEMA saved');
      for (const table of TABLES)
        await this.#shared.query(`CREATE TABLE saved."${table}" AS TABLE public."${table}"`);
    } else {
      // A trigger that was switched off may be on again; those who look after the guards were not asked.
      const restore = TABLES.map(
        (table) => `ALTER TABLE public."${table}" DISABLE TRIGGER USER; DELETE FROM public."${table}";
          INSERT INTO public."${table}" SELECT * FROM saved."${table}";`,
      );
      await this.#shared.query(`BEGIN; ${restore.join('\n')} COMMIT`);
    }
    return { database: { kind: 'postgresql', url: this.#sharedUrl }, dataDir: this.#copyDataDir() };
  }

  /** A fresh copy that shares nothing with any other. */
  async nextOfItsOwn(): Promise<Place> {
    const { database } = this.#original;
    const dataDir = this.#copyDataDir();
    if (database.kind === 'postgresql') {
      return { database: { kind: 'postgresql', url: await this.#copyDatabase(database.url) }, dataDir };
    }
    const path = join(tempFolder(), 'reeve.db');
    cpSync(database.path, path);
    return { database: { kind: 'sqlite', path }, dataDir };
  }

  /** Drops what was made on the server. Folders go by themselves. */
  async dispose(): Promise<void> {
    await this.#shared?.end();
    for (const name of this.#names.splice(0)) await this.#server?.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await this.#server?.end();
  }

  async #copyDatabase(url: string): Promise<string> {
    const own = new URL(url);
    const template = own.pathname.slice(1);
    own.pathname = '/postgres';
    this.#server ??= openPool(own.href, { max: 1 });
    const name = `copy_${randomBytes(6).toString('hex')}`;
    await this.#server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    this.#names.push(name);
    own.pathname = `/${name}`;
    // What is ruined on purpose need not outlive a power cut.
    own.searchParams.set('options', '-c synchronous_commit=off');
    return own.href;
  }

  #copyDataDir(): string {
    const dataDir = join(tempFolder(), 'data');
    cpSync(this.#original.dataDir, dataDir, { recursive: true });
    return dataDir;
  }
}
