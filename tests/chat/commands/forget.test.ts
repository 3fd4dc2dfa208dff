import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestBot, type TestBot, type TestUser } from '../../../src/testing/index.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const NAME = 'Bodo Quillfeather';

let bot: TestBot;
let ana: TestUser;
beforeEach(async () => {
  bot = await createTestBot();
  ana = bot.user(ANA, { role: 'OWNER', name: 'Ana' });
});
afterEach(() => bot.close());

async function confirmed(text: string) {
  const { code } = await ana.says(text).replies(/erased/);
  return ana.says(`!confirm ${code}`).replies();
}

async function trace(): Promise<string[]> {
  const { store } = bot.record;
  const tables = await store.read.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const text = JSON.stringify(await store.read.all(`SELECT * FROM "${name}"`)).toLowerCase();
    if (text.includes('2025550101') || text.includes('quillfeather')) found.push(name);
  }
  return found;
}

describe('forget', () => {
  test('asks first, then erases and gives a certificate; one event, and it names nobody', async () => {
    const bo = bot.user(BO, { role: 'ADMIN', name: NAME, listed: true });
    await bo.says('!audit list');
    await bo.says('!audit save mine outcome:denied');
    await ana.says(`!role show ${BO}`);
    await ana.says(`!audit user ${BO}`);
    const before = await bot.events();
    const { texts, documents } = await confirmed(`!forget ${BO}`);
    expect(texts.join('\n')).toMatch(/names them any more\. \d+ events did\. Case #\d+\./);
    expect(documents).toHaveLength(1);
    expect(String(documents[0]!.bytes)).toMatch(/Certificate of erasure[\s\S]*keys of messages: [1-9]/);
    const after = (await bot.events()).slice(before.length);
    expect(after).toHaveLength(1);
    const owner = await bot.services.people.find(ANA);
    expect(after[0]).toMatchObject({
      action: 'SUBJECT_ERASED',
      actorPhone: 'SYSTEM',
      actorId: owner.id,
      actorRole: 'OWNER',
      actorName: null,
      actorType: 'user',
      channel: 'whatsapp',
      chatId: null,
      messageKey: null,
      entityId: null,
    });
    expect(await trace()).toEqual([]);
    expect(await bot.verify()).toMatchObject({ verdict: 'intact' });
    expect(await bot.services.people.find(BO)).toMatchObject({ id: null, role: 'USER', isListed: false });
  });

  test('whoever writes again is a USER that nobody knows', async () => {
    const bo = bot.user(BO, { role: 'ADMIN', name: NAME });
    await bo.says('!audit list');
    await confirmed(`!forget ${BO}`);
    await bo.says('!audit list').replies(/may not/);
    expect((await bot.events()).at(-1)).toMatchObject({ action: 'PERMISSION_DENIED', actorRole: 'USER' });
  });

  test('what was counted of a flood is found as well', async () => {
    const bo = bot.user(BO, { name: NAME });
    for (let i = 0; i < 5; i += 1) await bo.says('!audit list');
    await confirmed(`!forget ${BO}`);
    await bot.advance(120_000);
    expect(await trace()).toEqual([]);
  });

  test('of oneself leaves no owner in the event either', async () => {
    await ana.says('!audit list');
    const { code } = await ana.says('!forget me').replies(/^You will be/);
    await ana.says(`!confirm ${code}`).replies();
    expect((await bot.events('action:SUBJECT_ERASED')).at(-1)).toMatchObject({
      actorId: null,
      actorRole: 'OWNER',
    });
    expect(await bot.services.people.find(ANA)).toMatchObject({ role: 'USER', id: null });
  });

  test('refuses, and teaches, before anybody confirms in vain', async () => {
    const owner = bot.owner.address;
    await ana.says(`!forget ${owner}`).replies(/REEVE_OWNERS/);
    await ana.says('!forget console:local').replies(/nobody in particular/);
    await bot.services.holds.add({ kind: 'person', what: BO, reason: 'a claim of his' });
    await ana.says('!forget +12025550133').replies(/erased/);
    await ana.says(`!forget ${BO}`).replies(/under hold #\d+.*a claim of his/);
    const refused = (await bot.events()).filter(({ action }) => action === 'COMMAND_FAILED');
    expect(refused).toHaveLength(3);
    expect(await bot.events('action:SUBJECT_ERASED')).toEqual([]);
  });

  test('of somebody of whom nothing is kept says so', async () => {
    const { code } = await ana.says('!forget +12025550133').replies(/erased/);
    await ana.says(`!confirm ${code}`).replies(/Nothing is kept/);
  });

  test('is for OWNERs, in a direct chat', async () => {
    const cy = bot.user('+12025550102', { role: 'ADMIN', name: 'Cy' });
    await cy.says(`!forget ${BO}`).replies(/may not/);
    await ana
      .in('Team')
      .says(`!forget ${BO}`)
      .replies(/direct chat/);
  });
});

describe('hold', () => {
  test('lists what is held, by whom and why, and lets it go', async () => {
    bot.user(BO, { name: NAME });
    await ana.says(`!hold person ${BO} reason:"the case of May"`).replies(/Neither retention nor an erasure/);
    await ana.says('!hold range 1-2 reason:audit').replies(/Held: cases 1-2/);
    const { texts } = await ana.says('!hold list').replies(/the case of May/);
    expect(texts.join('\n')).toMatch(/cases 1-2 · .* · .*: audit/);
    const [first] = await bot.services.holds.list();
    await ana.says(`!hold release ${first!.id}`).replies(/is released/);
    await ana.says(`!hold release ${first!.id}`).replies(/no such hold.*#\d+/is);
    await ana.says('!hold range 7-3 reason:x').replies(/smaller one first/);
    await ana.says('!hold query reason:x').replies(/query/);
    await ana.says('!hold query seq:1.. reason:x').replies(/Held/);
  });
});
