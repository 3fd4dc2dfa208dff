import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { SHARED_GUARDIAN, startGuardian } from './postgresGuardian.js';

export interface TestPostgres {
  /** A new database on the server, empty or a copy of another one that nobody is connected to: its URL. */
  newDatabase(templateUrl?: string): Promise<string>;
  /** Drops what `newDatabase` made, and ends the server where it is not shared. */
  stop(): Promise<void>;
}

export interface OwnPostgres extends TestPostgres {
  /** Takes the server down, as an operator would; open connections are cut. */
  stopServer(): Promise<void>;
  /** Brings it up again, on the same port and with the same data. */
  startServer(): Promise<void>;
}

/** The server that all files of a test run share; a file that is run without that set-up gets its own. */
export async function startPostgres(): Promise<TestPostgres> {
  const address = process.env[SHARED_GUARDIAN];
  return address === undefined ? startOwnPostgres() : serverOf(address, async () => {});
}

/** A server of this file's own, which may be stopped and started without disturbing anybody. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const guardian = await startGuardian();
  try {
    const server = await serverOf(guardian.address, () => guardian.stop());
    return {
      ...server,
      stopServer: async () => void (await ask(guardian.address, '/stop')),
      startServer: async () => void (await ask(guardian.address, '/start')),
    };
  } catch (error) {
    await guardian.stop();
    throw error;
  }
}

async function serverOf(address: string, end: () => Promise<void>): Promise<TestPostgres> {
  const { url } = await ask(address, '/start');
  const names: string[] = [];
  return {
    async newDatabase(templateUrl) {
      const name = `test_${randomBytes(6).toString('hex')}`;
      const template = templateUrl === undefined ? '' : ` TEMPLATE ${new URL(templateUrl).pathname.slice(1)}`;
      await command(url, `CREATE DATABASE ${name}${template}`);
      names.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    async stop() {
      if (process.env[SHARED_GUARDIAN] === address) {
        for (const name of names.splice(0)) await command(url, `DROP DATABASE ${name} WITH (FORCE)`);
      }
      await end();
    },
  };
}

async function command(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function ask(address: string, path: string): Promise<{ url: string }> {
  const response = await fetch(address + path, { method: 'POST' });
  const answer = (await response.json()) as { url: string; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}
