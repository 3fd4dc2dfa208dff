import { expect, test } from '@jest/globals';
import { databaseLabel } from '../../../src/config/database.js';
import { verifyFile } from '../../../src/ledger/verifyFile.js';
import { noteLine } from '../../../src/signing/noteLine.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { createTestBot } from '../../../src/testing/testBot.js';
import { describeOnBothDatabases } from '../../support/databases.js';

const DAY = 86_400_000;

describeOnBothDatabases(
  'undo, proof, verify and witness over a record that was pruned and erased',
  (fresh) => {
    test('each says what is there, what is gone and why, and what is proved all the same', async () => {
      const database = await fresh();
      const env = { DATABASE_URL: database.kind === 'sqlite' ? databaseLabel(database) : database.url };
      const bot = await createTestBot({ env });
      const { owner, services } = bot;
      const newest = async (query: string) => (await bot.events(query)).at(-1)!.seq;

      await owner.says('!role promote +12025550101');
      const gone = await newest('action:ROLE_CHANGE');
      const early = await bot.record.sign();
      await owner.says('!whitelist add +12025550105');
      await bot.record.sign();
      await bot.advance(3 * DAY);
      await owner.says('!role promote +12025550102');
      const emptied = await newest('action:ROLE_CHANGE');
      await owner.says('!whitelist add +12025550103');
      const kept = await newest('action:WHITELIST_CHANGE');
      const late = await bot.record.sign();
      const run = await services.retaining.retention.run({ days: 1 });
      expect(run).toMatchObject({ failure: null });
      expect(run.removed).toBeGreaterThanOrEqual(gone);
      await services.erasure.erase('+12025550102');

      for (const command of ['undo', 'audit show', 'audit proof', 'audit why'])
        await owner.says(`!${command} ${gone}`).replies(`#${gone} was removed by retention`);
      await owner.says(`!undo ${emptied}`).replies('cannot be taken back', 'erased');
      await owner.says(`!undo ${kept}`).replies(`#${kept} is taken back`);

      const keys = readTrustedKeys(services.config.dataDir, bot.record.ledger.origin);
      for (const [number, verdict] of [
        [emptied, 'intact'],
        [kept, 'intact'],
      ] as const) {
        const { documents } = await owner.says(`!audit proof ${number}`);
        expect(await verifyFile([documents[0]!.bytes], { keys, now: 0 })).toMatchObject({
          verdict,
          from: number,
          erased: number === emptied ? 1 : 0,
        });
      }
      await owner.says('!audit verify full').replies('✓ Intact from entry', 'erased by statement');

      // A checkpoint from below the anchor, one from above it, and what each of them proves.
      await owner
        .says(`!audit witness ${noteLine(early.note)}`)
        .replies('✓', 'Those entries are gone by retention', 'continuation of exactly them is proved');
      await owner
        .says(`!audit witness ${noteLine(late.note)}`)
        .replies('✓', `to ${late.size} are the very ones`, 'lost what they said about a person');
      await bot.close();
    });
  },
  { migrated: true },
);
