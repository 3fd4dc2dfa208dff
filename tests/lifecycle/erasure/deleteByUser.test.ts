import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openReeve, type Reeve } from '../../../src/compose.js';
import { loadConfig } from '../../../src/config/config.js';
import { FakeClock } from '../../../src/testing/fakeClock.js';
import { readEntries } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';

const BOB = '+12025550101';
const BOBS_LID = 'lid:998877665544332';

let reeve: Reeve | null = null;
afterEach(() => reeve?.close());

test('deleting by user, as a host calls it on the repository, is an erasure', async () => {
  const dataDir = join(tempFolder(), 'data');
  const config = loadConfig({ env: { REEVE_DATA_DIR: dataDir, REEVE_TIMEZONE: 'UTC' }, cwd: dataDir });
  reeve = await openReeve({ config, clock: new FakeClock(), log: pino({ level: 'silent' }) });
  const { record } = reeve;
  await record.write('CONFIG_CHANGE', { actor: { phone: BOB, name: 'Robert Quillfeather' }, entityId: 'x' });
  await record.write('CONFIG_CHANGE', {
    actor: 'SYSTEM',
    entityId: 'y',
    reason: 'as robert quillfeather said',
  });
  await record.write('CONFIG_CHANGE', { actor: { phone: BOBS_LID }, entityId: 'z' });
  await record.flush();
  const seq = (await readEntries(config.database, config.tenant)).at(-1)!.public.seq;

  expect(await record.repository.deleteByUser(BOB)).toBe(2);
  const entries = await readEntries(config.database, config.tenant);
  const parts = entries.slice(seq - 3, seq).map(({ actor, rest }) => [actor !== null, rest !== null]);
  expect(parts).toEqual([
    [false, true],
    [true, false],
    [true, true],
  ]);
  const announced = entries.at(-1)!.public;
  expect(announced.action).toBe('SUBJECT_ERASED');
  expect(existsSync(join(dataDir, 'certificates', `default-${announced.seq}.txt`))).toBe(true);

  expect(await record.repository.deleteByUser({ phone: BOBS_LID })).toBe(1);
  await expect(record.repository.deleteByUser({ id: 'host-7' })).rejects.toMatchObject({
    code: 'NO_ADDRESS',
  });
  await expect(record.repository.deleteByUser(BOB)).rejects.toMatchObject({ code: 'NOTHING_KEPT' });
  await record.sign();
  expect(await record.repository.verifyIntegrity()).toMatchObject({ verdict: 'intact', erased: 3 });
});
