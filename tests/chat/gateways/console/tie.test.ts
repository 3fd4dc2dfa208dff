import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Model } from '../../../../src/assistant/model.js';
import { openReeve, type Reeve, type ReeveOptions } from '../../../../src/compose.js';
import { loadConfig } from '../../../../src/config/config.js';
import { tempFolder } from '../../../support/tempFolder.js';
import { Stage } from './stage.js';

const TAB = '\t';

let reeve: Reeve | undefined;
afterEach(async () => {
  await reeve?.close();
});

/** The console in front of the whole bot. */
async function openBot(more: Partial<ReeveOptions> = {}): Promise<Stage> {
  const cwd = tempFolder();
  const config = loadConfig({ cwd, env: { REEVE_LOG_LEVEL: 'silent' } });
  const stage = Stage.stopped({ isTerminal: true, env: { NO_COLOR: '1' }, folder: join(cwd, 'console') });
  reeve = await openReeve({ config, gateway: stage.gateway, ...more });
  await reeve.start();
  await stage.shows('you > ');
  return stage;
}

async function completes(stage: Stage, typed: string, wanted: string): Promise<void> {
  const from = stage.screen.length;
  stage.type(typed);
  await stage.shows(typed, from);
  stage.type(TAB);
  await stage.shows(wanted, from);
  // Forgets it.
  stage.type('\u0015');
}

test('completes commands, their words and people, and to a stranger nothing that is not theirs', async () => {
  const stage = await openBot();
  await completes(stage, '!rol', '!role ');
  await completes(stage, '!role promo', '!role promote ');
  await completes(stage, '!role promote me ad', 'me admin ');
  await completes(stage, '!config get inbox', 'inbox.stale ');
  stage.type('/as +12025550101\r');
  await stage.shows('+12025550101 > ');
  await completes(stage, '!hel', '!help ');
  const { services } = reeve!.bot!;
  const stranger = await services.people.find('+12025550101');
  const context = { prefix: '!', role: stranger.role, isGroup: false };
  expect(services.commands.completions('!rol', context)).toEqual([]);
});

test('says why what is no command has no answer', async () => {
  const stage = await openBot();
  stage.type('hello\r');
  await stage.shows('[no answer: commands begin with !, as !help does]');
  stage.type('/edit !help\r');
  await stage.shows('[no answer: what is edited or taken back is never run, but it is recorded]');
});

test('says how the assistant is spoken to in a group', async () => {
  const model: Model = { complete: async () => ({ text: 'hi', tokens: null, end: 'whole' }) };
  const stage = await openBot({ model });
  stage.type('/group Team\r');
  await stage.shows('Team > ');
  stage.type('hello\r');
  await stage.shows('[no answer: in a group the assistant answers whoever writes @bot]');
});

test('says which rule left somebody without an answer', async () => {
  const stage = await openBot();
  await reeve!.bot!.services.membership.deactivate('+12025550101');
  stage.type('/as +12025550101\r');
  await stage.shows('+12025550101 > ');
  stage.type('!help\r');
  await stage.shows('[no answer: the rule active says no: deactivated]');
});
