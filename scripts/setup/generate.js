import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mark, readStamp, unmark } from './stamp.js';

const DATABASES = [
  { name: 'sqlite', schema: 'prisma/schema.prisma' },
  { name: 'postgresql', schema: 'prisma/postgresql/schema.prisma' },
];

/** Prisma only asks whether its schema engine is there; it is never run, so any program will do. */
const ENVIRONMENT = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

export function isGenerated({ root, hasSchema, generateKey }) {
  if (!hasSchema) return true;
  const isThere = ({ name, schema }) =>
    existsSync(join(root, 'src/store/generated', name, 'client.ts')) && existsSync(join(root, schema));
  return readStamp(root).generate === generateKey && DATABASES.every(isThere);
}

/** Derives the PostgreSQL schema and generates the Prisma client of either database. */
export async function generate({ root, generateKey }, progress) {
  unmark(root, 'generate');
  await progress.step('Generating the database clients', async (run) => {
    const { deriveSchemas } = await import(pathToFileURL(join(root, 'scripts/derive-schema.js')).href);
    deriveSchemas();
    const prisma = join(root, 'node_modules/prisma/build/index.js');
    await Promise.all(
      DATABASES.map(({ schema }) =>
        run([process.execPath, prisma, 'generate', '--schema', schema], { cwd: root, env: ENVIRONMENT }),
      ),
    );
  });
  mark(root, 'generate', generateKey);
}
