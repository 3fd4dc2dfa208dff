import { expect, test } from '@jest/globals';
import { Bot } from '../../src/chat/bot.js';
import { loadConfig } from '../../src/config/config.js';
import { MemoryGateway } from '../../src/testing/memoryGateway.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { FakeClock } from '../support/fakeClock.js';
import { dataDirFor, openTestRecord } from '../support/record.js';
import { ANA, BO, openChat, silent } from './support/chat.js';

describeOnBothDatabases(
  'a bot',
  (fresh) => {
    test('answers owners and strangers, each by what they may do', async () => {
      const chat = await openChat({ database: await fresh() });
      const owners = await chat.asks(ANA, '!help');
      expect(owners).toContain('You are OWNER');
      expect(owners).toContain('`!status`');
      const strangers = await chat.asks(BO, '!help');
      expect(strangers).toContain('You are USER');
      expect(strangers).not.toContain('!status');
    });

    test('does not start where nobody is an owner', async () => {
      const database = await fresh();
      const clock = new FakeClock();
      const record = await openTestRecord(database, { clock });
      const config = loadConfig({ env: { REEVE_DATA_DIR: dataDirFor(database) }, cwd: dataDirFor(database) });
      const opening = Bot.open({ config, record, gateway: new MemoryGateway(), clock, log: silent });
      expect(await failureOf(opening)).toMatchObject({ code: 'NO_OWNER' });
    });

    test('leaves no timer behind, and takes nothing more once it is closed', async () => {
      const database = await fresh();
      const clock = new FakeClock();
      const record = await openTestRecord(database, { clock });
      const chat = await openChat({ database, record, clock });
      await chat.asks(ANA, '!status');
      await chat.bot.close();
      const sent = chat.gateway.sent.length;
      chat.gateway.write({ from: ANA, text: '!help' });
      await chat.bot.drained();
      expect(chat.gateway.sent).toHaveLength(sent);
      await record.close();
      expect(clock.pending).toBe(0);
    });

    test('ends although its gateway never says whether a message was handed over', async () => {
      const chat = await openChat({ database: await fresh() });
      let isSending: () => void = () => {};
      const sending = new Promise<void>((resolve) => {
        isSending = resolve;
      });
      chat.gateway.send = () => {
        isSending();
        return new Promise(() => {});
      };
      chat.gateway.write({ from: ANA, text: '!help' });
      await sending;
      const closing = chat.bot.close();
      await chat.clock.advance(15_000);
      await closing;
    });
  },
  { migrated: true },
);
