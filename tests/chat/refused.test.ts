import { expect, test } from '@jest/globals';
import { createTestBot } from '../../src/testing/testBot.js';
import { Attacker } from '../system/attacker.js';

test('while the record is not the one that was signed, every answer says why, and an admin what to do', async () => {
  const bot = await createTestBot();
  const bo = bot.user('+12025550101', { role: 'OPERATOR' });
  await bot.owner.says('!role promote +12025550103');
  await bot.record.sign();
  const { database, dataDir } = bot.services.config;
  const attacker = new Attacker({ database, dataDir });
  // As after an older backup was put in the place of the database.
  await attacker.dropGuards();
  await attacker.sql.run(`DELETE FROM "AuditLog" WHERE "seq" > 1`);
  await attacker.sql.run(`UPDATE "Ledger" SET "size" = 1`);
  await attacker.sql.close();
  await bot.record.sign().catch(() => {});
  await bot.owner
    .says('!audit verify')
    .replies('✗ Truncated', 'Nothing is recorded or changed.', 'reeve recover');
  await bot.owner.says('!role promote +12025550104').replies('are gone', 'reeve recover');
  await bo.says('!status').replies('Nothing is recorded or changed just now');
  const { texts } = await bot.owner.in('Team').says('!help');
  expect(texts.join('\n')).not.toContain('reeve recover');
  await bot.close();
});
