import { beforeEach, describe, expect, test } from '@jest/globals';
import { freshSqlite } from '../../support/databases.js';
import { ANA, BO, type Chat, CY, openChat } from '../support/chat.js';

const NAME = 'Bodo Quillfeather';
const TRACE = /2025550101|quillfeather/i;

let chat: Chat;
beforeEach(async () => {
  chat = await openChat({ database: await freshSqlite() });
  await chat.give(BO, 'ADMIN', NAME);
  await chat.give(CY, 'OWNER', 'Cyra Fenn');
});

const codeIn = (text: string): string => /\b(\d{6})\b/.exec(text)![1]!;

async function forgetBo(): Promise<string> {
  const code = codeIn(await chat.asks(ANA, `!forget ${BO}`));
  return chat.asks(ANA, `!confirm ${code}`);
}

const acts = (phone: string, name: string, times = 1) =>
  Promise.all(
    Array.from({ length: times }, () =>
      chat.record.write('SESSION_CHANGE', { actor: { phone, name }, description: `${name} was here` }),
    ),
  );

/** What was sent since the last time this was asked. */
const sent = (): { chatId: string; text: string }[] =>
  chat.gateway.sent.splice(0).map(({ chatId, message }) => ({ chatId, text: message.text ?? '' }));

async function later(ms: number): Promise<void> {
  await chat.clock.advance(ms);
  await chat.bot.services.watches.look();
}

describe('in the memory of the bot, an erasure', () => {
  test('drops what waits for a code, of theirs and about them', async () => {
    const ofBo = codeIn(await chat.asks(CY, `!forget ${BO}`));
    const ofSomebody = codeIn(await chat.asks(CY, '!forget +12025550177'));
    await acts(BO, NAME);
    expect(await forgetBo()).toMatch(/names them any more/);
    expect(await chat.asks(CY, `!confirm ${ofBo}`)).toMatch(/Nothing waits for that code/);
    expect(await chat.asks(CY, `!confirm ${ofSomebody}`)).toMatch(/Nothing is kept/);
  });

  test('closes every long answer: its next page may be about them', async () => {
    await acts(BO, NAME, 60);
    expect(await chat.asks(ANA, '!audit list')).toMatch(/audit next/);
    await forgetBo();
    expect(await chat.asks(ANA, '!audit next')).toMatch(/no next page/);
  });

  test('ends their watch, and takes them out of those of others, which go on', async () => {
    const { watches } = chat.bot.services;
    for (const who of [ANA, BO]) await chat.says(who, '!audit watch action:session.change');
    expect(watches.list()).toHaveLength(2);
    await acts(CY, 'Cyra Fenn');
    await later(2_000);
    // These wait for the next message.
    await acts(BO, NAME, 3);
    await later(2_000);
    sent();
    await forgetBo();
    expect(watches.list().map(({ owner }) => owner)).toEqual([ANA]);
    sent();
    await later(20_000);
    expect(sent()).toEqual([]);
    await acts(CY, 'Cyra Fenn');
    await later(20_000);
    const more = sent();
    expect(more.map(({ chatId }) => chatId)).toEqual([`direct:${ANA}`]);
    expect(more[0]!.text).toContain('Cyra Fenn was here');
    expect(more[0]!.text).not.toMatch(TRACE);
  });

  test('has the gateway forget what it keeps and what it has not sent yet', async () => {
    const asked: boolean[][] = [];
    let kept = 3;
    Object.assign(chat.gateway, {
      forget: async (isAbout: (text: string) => boolean) => {
        asked.push(['12025550101@c.us', NAME, ANA].map(isAbout));
        const gone = kept;
        kept = 0;
        return gone;
      },
    });
    await acts(BO, NAME);
    await forgetBo();
    expect(new Set(asked.map(String))).toEqual(new Set(['true,true,false']));
    const { document } = chat.gateway.sent.at(-1)!.message;
    expect(String(document!.bytes)).toContain("- the bot's memory: 3\n");
  });
});
