import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Attacker } from '../../system/attacker.js';
import { Desk } from '../commandLine.js';

const event = (n: number) => `{"action":"CONFIG_CHANGE","actorPhone":"SYSTEM","entityId":"n${n}"}\n`;

/** What only reads still does, with its exit status; and says what is wrong. */
const READING: readonly [number, ...string[]][] = [
  [0, 'query'],
  [0, 'stats'],
  [1, 'status'],
  [1, 'verify'],
  [0, 'key'],
  [0, 'export', '--format', 'csv'],
  [0, 'export', '--format', 'json'],
  [0, 'export', '--format', 'ndjson'],
  [0, 'archive', 'list'],
  [0, 'archive', 'verify'],
  [0, 'archive', 'search', 'action:config.*'],
];

/** What would write does not. */
const WRITING: readonly string[][] = [
  ['record'],
  ['checkpoint'],
  ['prove', '1'],
  ['export', '--format', 'bundle'],
  ['retention', 'plan'],
  ['retention', 'run'],
  ['hold', 'list'],
  ['hold', 'add', '--range', '1-2', '--reason', 'the case of May'],
  ['key', 'rotate'],
];

test('after an older backup every command says what is wrong until the ledger is recovered', async () => {
  const desk = new Desk({ AUDIT_ARCHIVE_DIR: 'archive' });
  const kept = join(desk.folder, 'backup');
  mkdirSync(kept);
  await desk.reeve(['record'], { input: event(1) + event(2) });
  const file = join(desk.dataDir, 'reeve.db');
  cpSync(file, join(kept, 'reeve.db'));
  await desk.reeve(['record'], { input: event(3) + event(4) });
  for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true });
  cpSync(join(kept, 'reeve.db'), file);

  for (const argv of WRITING)
    expect([argv, await desk.reeve(argv, { input: event(5) })]).toMatchObject([
      argv,
      { status: 2, stderr: expect.stringContaining('reeve recover') },
    ]);
  const wrong =
    /^Nothing is written\. The ledger \S+ holds 2 entries, but 4 were signed: entries 3 to 4 are gone\.\n.*reeve recover/;
  for (const [status, ...argv] of READING)
    expect([argv, await desk.reeve(argv)]).toMatchObject([
      argv,
      { status, stderr: expect.stringMatching(wrong) },
    ]);
  // Whatever goes on with what they print is not disturbed by it.
  expect((await desk.reeve(['key'])).stdout).toMatch(/^reeve\/default\/default\+\S+\n$/);
  expect((await desk.reeve(['verify'])).stdout).toContain('Truncated');
  expect(await desk.reeve(['recover'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('A recovery needs a reason'),
  });
  const recovered = await desk.reeve(['recover', '--reason', 'the disk of Sunday']);
  expect(recovered).toMatchObject({ status: 0, stdout: expect.stringContaining('Lost: entries 3 to 4') });
  expect(await desk.reeve(['record'], { input: event(6) })).toMatchObject({ status: 0 });
  expect(await desk.reeve(['verify'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('entries 3 to 4 that had been signed were lost'),
    stderr: '',
  });
  for (const [, ...argv] of READING)
    expect([argv, (await desk.reeve(argv)).stderr]).not.toMatchObject([
      argv,
      expect.stringContaining('Nothing is written'),
    ]);
});

test('entries in the backup that nothing vouches for are named', async () => {
  const desk = new Desk();
  await desk.reeve(['record'], { input: event(1) + event(2) });
  const later = Array.from({ length: 10 }, (_, i) => event(i + 3)).join('');
  await desk.reeve(['record'], { input: later });
  const path = join(desk.dataDir, 'reeve.db');
  const attacker = new Attacker({ database: { kind: 'sqlite', path }, dataDir: desk.dataDir });
  await attacker.dropGuards();
  // Twelve were signed: what is remembered are a tree of eight and one of four. Ten are there.
  await attacker.sql.run(`DELETE FROM "AuditLog" WHERE "seq" > 10`);
  await attacker.sql.run(`DELETE FROM "LedgerCheckpoint" WHERE "size" > 2`);
  await attacker.sql.run(`UPDATE "Ledger" SET "size" = 10`);
  await attacker.sql.close();
  const { status, stdout } = await desk.reeve(['recover', '--reason', 'the disk of Sunday']);
  expect(status).toBe(0);
  expect(stdout).toContain('Lost: entries 11 to 12,');
  expect(stdout).toContain(
    'Nothing that was signed shows entries 9 to 10 to be those of before: they came after the last checkpoint in the backup.',
  );
});
