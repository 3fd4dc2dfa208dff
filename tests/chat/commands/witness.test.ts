import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Owners } from '../../../src/chat/owners.js';
import { Witnessing } from '../../../src/chat/witnessing.js';
import { JobRuns } from '../../../src/lifecycle/jobRuns.js';
import { noteLine } from '../../../src/signing/noteLine.js';
import { createTestBot, type TestBot } from '../../../src/testing/testBot.js';
import { Attacker } from '../../system/attacker.js';
import { until } from '../../system/until.js';

const DAY = 86_400_000;

/** Looks as the bot does by itself, and waits for what comes of it. */
function lookOnce(bot: TestBot, tell?: Owners['tell']): Promise<boolean> {
  const { record, settings, clock } = bot.services;
  const owners = tell === undefined ? bot.services.owners : { tell };
  const log = pino({ level: 'silent' });
  return new Witnessing({ record, settings, owners, clock, log, prefix: () => '!' }).look();
}

const lineIn = (texts: readonly string[]): string =>
  texts.flatMap((text) => /reeve-checkpoint:[\w-]+/.exec(text) ?? []).at(-1)!;

test('each owner is sent a checkpoint a day, and nothing the moment the bot is set up', async () => {
  const bot = await createTestBot({ owners: ['+12025550100', '+12025550102'] });
  const [ana, cy] = [bot.user('+12025550100'), bot.user('+12025550102')];
  await lookOnce(bot);
  await bot.advance(DAY - 1);
  expect(await lookOnce(bot)).toBe(false);
  expect([...ana.received, ...cy.received]).toEqual([]);
  await bot.advance(1);
  // The bot's own look may have been first; whoever was, has sent it to both.
  await lookOnce(bot);
  await until('both have it', () => cy.received.length > 0);
  expect([ana.received, cy.received].map((texts) => texts.length)).toEqual([1, 1]);
  await bot.owner.says(`!audit witness ${lineIn(ana.received)}`).replies('goes on from that checkpoint');
  await bot.owner.says('!config set witness.every none');
  await bot.advance(3 * DAY);
  expect(await lookOnce(bot)).toBe(false);
  expect(cy.received).toHaveLength(1);
  await bot.close();
});

test('the bot looks by itself from its start on', async () => {
  const bot = await createTestBot();
  const runs = new JobRuns(bot.record.store, bot.record.ledger.tenant);
  await bot.advance(0);
  await until('it has looked', async () => ((await runs.last('witness'))?.toldAt ?? null) !== null);
  expect(bot.owner.received).toEqual([]);
  await bot.advance(DAY + 3_600_000);
  await until('the owner has one', () => bot.owner.received.length > 0);
  expect(lineIn(bot.owner.received)).toContain('reeve-checkpoint:');
  expect(bot.owner.received).toHaveLength(1);
  await bot.close();
});

test('one that reached nobody is sent at the next look', async () => {
  const bot = await createTestBot();
  const { store } = bot.record;
  const runs = new JobRuns(store, bot.record.ledger.tenant);
  await bot.advance(0);
  await until('the bot has looked', async () => ((await runs.last('witness'))?.toldAt ?? null) !== null);
  const yesterday = bot.services.clock.now() - DAY;
  await store.transaction((tx) =>
    tx.run(`UPDATE "JobRun" SET "toldAt" = ? WHERE "job" = 'witness'`, [yesterday]),
  );
  await expect(lookOnce(bot, async () => 0)).rejects.toThrow('no owner was reached');
  expect(await lookOnce(bot)).toBe(true);
  expect(await lookOnce(bot)).toBe(false);
  await until('the owner has it', () => bot.owner.received.length > 0);
  await bot.close();
});

test('the console, which is the very machine, is sent none unless somebody wants it', async () => {
  const bot = await createTestBot({ channel: 'console' });
  await bot.owner.says('!config get witness.every').replies('none');
  await bot.close();
});

test('an owner holds the record to what was sent before, pasted or as an answer, and is told what it proves', async () => {
  const bot = await createTestBot();
  await bot.owner.says('!role promote +12025550101');
  const { note, size } = await bot.record.sign();
  const line = noteLine(note);
  await bot.owner
    .says(`!audit witness ${line}`)
    .replies(
      `✓ Today's record goes on from that checkpoint, which covers ${size === 1 ? 'one entry' : `${size} entries`}`,
      `Entries 1 to ${size} are the very ones`,
      'It does not prove',
    );
  bot.gateway.write({
    from: bot.owner.address,
    text: '!audit witness',
    quoted: { sender: '+12025550109', text: `\`${line}\`\nA signed checkpoint…` },
  });
  await bot.advance(0);
  expect(bot.owner.received.at(-1)).toContain('goes on from that checkpoint');
  expect(await bot.events('action:AUDIT_LOG_VIEWED')).not.toHaveLength(0);
  await bot.close();
});

test('what is no checkpoint, or of another record, or unseen in what is answered, is said to be that', async () => {
  const [bot, other] = [await createTestBot(), await createTestBot()];
  const { note } = await other.record.sign();
  await bot.owner.says(`!audit witness ${noteLine(note)}`).replies('not of this record');
  await bot.owner.says('!audit witness reeve-checkpoint:abc').replies('no checkpoint as it was sent');
  await bot.owner.says('!audit witness').replies('no checkpoint to compare with');
  bot.gateway.write({ from: bot.owner.address, text: '!audit witness', quoted: { sender: '+12025550109' } });
  await bot.advance(0);
  expect(bot.owner.received.at(-1)).toContain('cannot see a checkpoint');
  await bot.close();
  await other.close();
});

test('a record that was rewritten after the checkpoint is found out', async () => {
  const bot = await createTestBot();
  await bot.owner.says('!role promote +12025550101');
  const { note } = await bot.record.sign();
  const { database, dataDir } = bot.services.config;
  const attacker = new Attacker({ database, dataDir });
  await attacker.dropGuards();
  await attacker.sql.run(`UPDATE "AuditLog" SET "outcome" = 'denied' WHERE "seq" = 1`);
  await attacker.sql.close();
  await bot.owner.says(`!audit witness ${noteLine(note)}`).replies('✗ Altered', 'The checkpoint is genuine');
  await bot.close();
});
