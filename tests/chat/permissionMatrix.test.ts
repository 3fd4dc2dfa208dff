import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROLES, type Role } from '../../src/access/role.js';
import type { Command } from '../../src/chat/command.js';
import { builtInCommands } from '../../src/chat/commands/index.js';
import { createTestBot, type TestBot } from '../../src/testing/index.js';

/** Every command × role × direct or group × whitelisted or not × active or not: each a person of their own. */
interface Case {
  command: Command;
  role: Role;
  isGroup: boolean;
  isListed: boolean;
  isActive: boolean;
  address: string;
}

const BOTH = [true, false];

/** Numbers kept free for fiction: 555-01xx, in one area after the other. */
const fictional = (n: number): string =>
  `+1${303 + Math.floor(n / 100)}55501${String(n % 100).padStart(2, '0')}`;

const CASES: Case[] = builtInCommands
  .flatMap((command) => ROLES.map((role) => ({ command, role })))
  .flatMap((some) => BOTH.map((isGroup) => ({ ...some, isGroup })))
  .flatMap((some) => BOTH.map((isListed) => ({ ...some, isListed })))
  .flatMap((some) => BOTH.map((isActive) => ({ ...some, isActive })))
  .map((some, index) => ({ ...some, address: fictional(index) }));

/** What the rules say, written down a second time; null where it may be run. */
function refusingRule({ command, role, isGroup, isListed, isActive }: Case): string | null {
  if (!isActive) return 'active';
  if (!isListed && role !== 'OWNER') return 'whitelist';
  if (ROLES.indexOf(role) < ROLES.indexOf(command.role)) return 'role';
  return isGroup && command.isDirectOnly ? 'direct-chat' : null;
}

let bot: TestBot;
beforeAll(async () => {
  bot = await createTestBot();
  const { record, settings, membership } = bot.services;
  for (const key of ['limits.user', 'limits.chat', 'limits.everyone']) await settings.set(key, 'off', {});
  const { tenant } = record.ledger;
  const now = bot.clock.now();
  await record.logger.transact((tx) =>
    tx.user.createMany({
      data: CASES.map(({ address, role, isListed, isActive }) => ({
        tenant,
        id: randomUUID(),
        address,
        role,
        listed: isListed,
        active: isActive,
        createdAt: now,
        updatedAt: now,
      })),
    }),
  );
  await membership.switchWhitelist(true);
});
afterAll(() => bot.close());

test('who may run what, where: for every command there is', async () => {
  const wrong: string[] = [];
  for (const some of CASES) {
    const { command, address, isGroup } = some;
    const person = bot.user(address);
    // Without arguments: whoever may run it is told what is missing, at most.
    const text = `!${command.name}`;
    await (isGroup ? person.in('Team').says(text) : person.says(text));
  }
  const rules = await denialsByPerson();
  for (const some of CASES) {
    const expected = refusingRule(some);
    const found = rules.get(some.address) ?? null;
    if (found !== expected) {
      const { command, role, isGroup, isListed, isActive } = some;
      const where = isGroup ? 'group' : 'direct';
      wrong.push(`${command.name} ${role} ${where} listed:${isListed} active:${isActive}: ${found}`);
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);

/** The rule that refused each person, as the record has it. */
async function denialsByPerson(): Promise<Map<string, string>> {
  await bot.record.flush();
  const rows = await bot.record.store.read.all<{ phone: string; metadata: string }>(
    `SELECT "actorPhone" AS "phone", "metadata" FROM "AuditLog" WHERE "action" = 'PERMISSION_DENIED'`,
  );
  return new Map(rows.map(({ phone, metadata }) => [phone, JSON.parse(metadata).rule as string]));
}
