import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { IncomingMessage } from '../../../../src/chat/message.js';
import { tempFolder } from '../../../support/tempFolder.js';
import { Stage, type StageOptions } from './stage.js';

const TAB = '\t';
const UP = '\u001b[A';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

const echo = ({ text }: IncomingMessage) => ({ text: `*${text}*` });
const openTerminal = (options: StageOptions = {}) =>
  Stage.open({ isTerminal: true, env: { NO_COLOR: '1' }, answer: echo, ...options });

test('shows a prompt, answers below the line, and shows the next prompt', async () => {
  const stage = await openTerminal();
  await stage.shows('you > ');
  stage.type('!help\r');
  await stage.shows(/you > \S*!help\r\n!help\n\n\S*you > /);
});

test('the prompt says who is played, and where', async () => {
  const stage = await openTerminal();
  stage.type('/as +12025550101 Bo\r');
  await stage.shows('Bo > ');
  stage.type('/group Team\r');
  await stage.shows('Bo in Team > ');
});

test('colours where the terminal has them, and none with NO_COLOR or a dumb one', async () => {
  const screens = [];
  for (const env of [{ TERM: 'xterm' }, { NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const stage = await openTerminal({ env });
    stage.type('hi\r');
    await stage.shows(/hi[\s\S]*hi[\s\S]*hi|hi[\s\S]*\n\S*hi/);
    screens.push(stage.screen);
  }
  expect(screens.map((screen) => /\u001b\[1;?m?/.test(screen.replaceAll('\u001b[1G', '')))).toEqual([
    true,
    false,
    false,
  ]);
});

test('what arrives while somebody types goes above, and what was typed stays', async () => {
  const stage = await openTerminal();
  await stage.shows('you > ');
  stage.type('!audit li');
  await stage.shows('!audit li');
  const before = stage.screen.length;
  await stage.gateway.send('console:local', { text: 'Somebody was promoted' });
  await stage.shows(/Somebody was promoted\n\n[\s\S]*you > !audit li/, before);
  stage.type('st\r');
  await stage.shows(/\n!audit list\n/, before);
  expect(stage.received.map(({ text }) => text)).toEqual(['!audit list']);
});

test('completes commands from the bot, and its own words', async () => {
  const asked: unknown[] = [];
  const stage = await openTerminal({
    complete: async (text, who) => {
      asked.push([text, who]);
      return ['list'];
    },
  });
  stage.type('/as +12025550101 Bo\r');
  await stage.shows('Bo > ');
  stage.type('/gr');
  await stage.shows('/gr');
  stage.type(TAB);
  await stage.shows('/group ');
  stage.type('Team\r');
  await stage.shows('Bo in Team > ');
  stage.type('!audit l');
  await stage.shows('!audit l');
  stage.type(TAB);
  await stage.shows(/!audit list /);
  stage.type('\r');
  await stage.shows(/\n\*!audit list \*\n/);
  const people = ['@Bo', '+12025550101'];
  expect(asked).toEqual([['!audit l', { speaker: '+12025550101', people, isGroup: true }]]);
  stage.type('/as B');
  await stage.shows('/as B');
  stage.type(TAB);
  await stage.shows('/as Bo ');
});

test('keeps a history for the next time, readable by its owner alone; not what begins with a space', async () => {
  const folder = join(tempFolder(), 'console');
  const first = await openTerminal({ folder });
  first.type('!status\r');
  await first.shows(/\n!status\n/);
  first.type(' !secret\r');
  await first.shows(/\n\* !secret\*\n/);
  await first.gateway.close();
  expect(readFileSync(join(folder, 'history'), 'utf8')).toBe('!status\n');
  expect(statSync(join(folder, 'history')).mode & 0o777).toBe(0o600);

  const second = await openTerminal({ folder });
  await second.shows('you > ');
  second.type(UP);
  second.type('\r');
  await second.shows(/\n!status\n/);
});

test('a history that cannot be used stops nobody', async () => {
  const folder = join(tempFolder(), 'not-a-folder');
  writeFileSync(folder, '');
  const stage = await openTerminal({ folder });
  stage.type('!help\r');
  await stage.shows(/\n!help\n/);
});

test('Ctrl-C drops what was typed, and ends where nothing was', async () => {
  const stage = await openTerminal();
  await stage.shows('you > ');
  stage.type('!role demote');
  await stage.shows('!role demote');
  stage.type(CTRL_C);
  await stage.shows('^C');
  stage.type('!help\r');
  await stage.shows(/\n!help\n/);
  expect(stage.received.map(({ text }) => text)).toEqual(['!help']);
  stage.type(CTRL_C);
  await stage.gateway.ended;
});

test('Ctrl-D ends', async () => {
  const stage = await openTerminal();
  await stage.shows('you > ');
  stage.type(CTRL_D);
  await stage.gateway.ended;
});

test('commands that are typed ahead are answered one after the other', async () => {
  const stage = await openTerminal();
  stage.type('one\rtwo\rthree\r');
  await stage.shows(/\none\n\ntwo\n\nthree\n\n/);
});
