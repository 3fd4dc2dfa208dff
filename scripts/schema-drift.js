/** Fails when prisma/schema.prisma says something that the migrations of either database do not. */
import { readFileSync } from 'node:fs';
import { derivePostgresql, sourcePath } from './derive-schema.js';
import { pendingScript } from './schema-diff.js';

const source = readFileSync(sourcePath, 'utf8');
let drifted = false;
for (const [dialect, schema] of [
  ['sqlite', source],
  ['postgresql', derivePostgresql(source)],
]) {
  const script = await pendingScript(dialect, schema);
  if (script === '') continue;
  drifted = true;
  console.error(`${dialect}: the migrations lack\n${script}`);
}
if (drifted) console.error('Run: npm run db:migration NAME');
process.exit(drifted ? 1 : 0);
