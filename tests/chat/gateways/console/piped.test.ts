import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { IncomingMessage } from '../../../../src/chat/message.js';
import { Stage, type StageOptions } from './stage.js';

const echo = ({ text }: IncomingMessage) => ({ text: `*${text}*` });
const piped = async (input: string, options: StageOptions = {}) => {
  const stage = await Stage.open({ answer: echo, ...options });
  return { stage, printed: await stage.pipe(input) };
};

test('answers every line in order and ends when the last one is answered', async () => {
  // The first takes longest, and still stands first.
  const slowly = async ({ text }: IncomingMessage) => {
    for (let turn = 0; turn < (text === 'one' ? 50 : 1); turn++) await new Promise(setImmediate);
    return { text };
  };
  const { printed } = await piped('one\ntwo\nthree\n', { answer: slowly });
  expect(printed).toBe('one\n\ntwo\n\nthree\n\n');
});

test.each([
  ['with line ends of Windows', 'one\r\ntwo\r\n'],
  ['without an end of the last line', 'one\ntwo'],
  ['with empty lines between', '\n\none\n \t\n\ntwo\n\n'],
])('reads lines %s', async (_, input) => {
  const { printed } = await piped(input);
  expect(printed).toBe('one\n\ntwo\n\n');
});

test('ends at once where there is nothing to read', async () => {
  const { printed } = await piped('');
  expect(printed).toBe('');
});

test('reads thousands of lines that come at once', async () => {
  const many = Array.from({ length: 3000 }, (_, index) => `line ${index}`);
  const { stage } = await piped(many.join('\n'), { answer: () => ({ text: 'x' }) });
  expect(stage.received.map(({ text }) => text)).toEqual(many);
});

test('a line as long as a message may be arrives whole, and a longer one is told', async () => {
  const { stage, printed } = await piped(`${'a'.repeat(65_536)}\n${'b'.repeat(65_537)}\n`, {
    answer: () => ({ text: 'ok' }),
  });
  expect(stage.received.map(({ text }) => text.length)).toEqual([65_536]);
  expect(printed).toBe('ok\n\n[not sent: 65,537 characters, and no chat takes more than 65,536]\n\n');
});

test('silence is shown as such', async () => {
  const { printed } = await piped('hello\n', { answer: () => null });
  expect(printed).toBe('[no answer]\n\n');
});

test('shows no prompt, no colours and no marks, and keeps no history', async () => {
  const { stage, printed } = await piped('!help\n', {
    answer: () => ({ text: '*Help*\n`!audit list` _shows_ the record, 2*3*4 a_b_c' }),
  });
  expect(printed).toBe('Help\n`!audit list` shows the record, 2*3*4 a_b_c\n\n');
  expect(() => statSync(join(stage.folder, 'history'))).toThrow();
});

test('nothing that an answer holds moves the cursor', async () => {
  const { printed } = await piped('x\n', { answer: () => ({ text: 'a\u001b[2Jb\u0007\u202ec\rd' }) });
  expect(printed).toBe('a\ufffd[2Jb\ufffd\ufffdc\ufffdd\n\n');
});

test('plays other people and groups', async () => {
  const lines = [
    '!a',
    '/as +1 202 555 0101 Bo',
    '!b',
    '/group  The Team',
    '!c',
    '/me',
    '!d',
    '/direct',
    '!e',
  ];
  const { stage } = await piped(lines.join('\n'));
  const told = stage.received.map(({ sender, chat, text }) => [text, sender.address, sender.name, chat.id]);
  expect(told).toEqual([
    ['!a', 'console:local', undefined, 'console:local'],
    ['!b', '+12025550101', 'Bo', 'console:+12025550101'],
    ['!c', '+12025550101', 'Bo', 'console:group:The Team'],
    ['!d', 'console:local', undefined, 'console:group:The Team'],
    ['!e', 'console:local', undefined, 'console:local'],
  ]);
  expect(stage.received[2]!.chat).toMatchObject({ isGroup: true, name: 'The Team' });
});

test('a mention names who was played, or any number; a reply names whose message it answers', async () => {
  const lines = [
    '/group Team',
    '/as +12025550101 Bo',
    'I am new',
    '/me',
    '!role show @bo',
    '!role show @12025550102, please',
    '/reply Bo !role promote',
    'mail me at a@example.com',
  ];
  const { stage } = await piped(lines.join('\n'));
  const [first, byName, byNumber, reply, none] = stage.received;
  expect(byName!.mentions).toEqual([{ address: '+12025550101', name: 'Bo' }]);
  expect(byNumber!.mentions).toEqual([{ address: '+12025550102' }]);
  expect(reply).toMatchObject({ text: '!role promote', quoted: { sender: '+12025550101', key: first!.key } });
  expect(none!.mentions).toEqual([]);
});

test('a message can be edited and taken back, and keeps its key', async () => {
  const { stage, printed } = await piped('/edit x\n!halp\n/edit !help\n/delete\n/delete\n', {
    answer: () => null,
  });
  const [first, edited, revoked, ...more] = stage.received;
  expect(edited).toMatchObject({ key: first!.key, text: '!help', change: 'edited' });
  expect(revoked).toMatchObject({ key: first!.key, change: 'revoked' });
  expect(more).toEqual([]);
  expect(printed.match(/You wrote nothing in this chat yet/g)).toHaveLength(2);
});

test('what goes to another chat says whose', async () => {
  const stage = await Stage.open({
    answer: async () => {
      await stage.gateway.send('console:+12025550101', { text: 'you are an OPERATOR now' });
      await stage.gateway.send('console:group:Team', { text: 'hello all' });
      return { text: 'done' };
    },
  });
  expect(await stage.pipe('!role promote +12025550101\n')).toBe(
    '[to +12025550101, direct]\nyou are an OPERATOR now\n\n[in the group Team]\nhello all\n\ndone\n\n',
  );
});

test('saves documents for their owner alone, never over another one and never outside its folder', async () => {
  const file = (name: string, text: string) => ({
    document: { name, mime: 'text/csv', bytes: Buffer.from(text) },
  });
  const answers = [file('list.csv', 'a'), file('list.csv', 'bb'), file('../../.evil\u0000.csv', 'c')];
  const { stage, printed } = await piped('1\n2\n3\n', { answer: () => answers.shift()! });
  const paths = [...printed.matchAll(/\[document, \d+ bytes\] (.+)/g)].map((match) => match[1]!);
  expect(paths.map((path) => path.slice(stage.folder.length))).toEqual([
    '/list.csv',
    '/list-2.csv',
    '/evil-.csv',
  ]);
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['a', 'bb', 'c']);
  expect(statSync(paths[0]!).mode & 0o777).toBe(0o600);
  expect(statSync(stage.folder).mode & 0o777).toBe(0o700);
});

test('/quit ends, and what comes after it is not read', async () => {
  const { stage } = await piped('one\n/quit\ntwo\n');
  expect(stage.received.map(({ text }) => text)).toEqual(['one']);
});

test('a word the console does not know is answered with the nearest one, and reaches no bot', async () => {
  const { stage, printed } = await piped('/gruop Team\n/zzzzzz\n/as nobody\n/reply\n');
  expect(stage.received).toEqual([]);
  expect(printed).toMatch(/no \/gruop\. Did you mean \/group\?/);
  expect(printed).toMatch(/no \/zzzzzz\. \/help lists/);
  expect(printed).toMatch(/\/as \+12025550101 Bo/);
  expect(printed).toMatch(/\/reply Bo !role promote/);
});

test('the sign twice sends a message that begins with it', async () => {
  const { stage } = await piped('//shrug\n');
  expect(stage.received[0]!.text).toBe('/shrug');
});

test('where commands of the bot begin with a slash, those of the console begin with a colon', async () => {
  const { stage } = await piped('/help\n:as +12025550101\n/help\n', { prefix: '/' });
  expect(stage.received.map(({ text, sender }) => [text, sender.address])).toEqual([
    ['/help', 'console:local'],
    ['/help', '+12025550101'],
  ]);
});

test('numbers without a country code are read in the configured country', async () => {
  const { stage } = await piped('/as 030 23125 001\nhello\n', { country: 'DE' });
  expect(stage.received[0]!.sender.address).toBe('+493023125001');
});

test('keys differ from those of another session', async () => {
  const [one, other] = [await piped('a\nb\n'), await piped('a\nb\n')];
  const keys = [one, other].flatMap(({ stage }) => stage.received.map(({ key }) => key));
  expect(new Set(keys).size).toBe(4);
});

test('a send fails where nobody reads any more', async () => {
  const stage = await Stage.open();
  stage.output.destroy();
  await expect(stage.gateway.send('console:local', { text: 'hello' })).rejects.toThrow(/nobody reads/);
});
