/**
 * npm run db:migration NAME
 *
 * Writes the next migration for both databases: the difference between the migrations there are and
 * prisma/schema.prisma, found by Prisma's own schema engine against a scratch database. What Prisma cannot say
 * (checks, deferred references) is then added to the file by hand. Triggers are not: they stand in prisma/guards and
 * are put in place after every migration.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivePostgresql, sourcePath } from './derive-schema.js';
import { migrationsFolder, pendingScript } from './schema-diff.js';

const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Usage: npm run db:migration NAME   (lower-case words and _, for example: add_users)');
  process.exit(2);
}
const source = readFileSync(sourcePath, 'utf8');
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
for (const [dialect, schema] of [
  ['sqlite', source],
  ['postgresql', derivePostgresql(source)],
]) {
  const script = await pendingScript(dialect, schema);
  if (script === '') {
    console.log(`${dialect}: nothing to migrate`);
    continue;
  }
  const folder = join(migrationsFolder(dialect), `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), script);
  console.log(`${dialect}: wrote ${join(folder, 'migration.sql')}`);
}
