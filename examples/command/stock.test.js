/**
 * How a command is tested: the whole bot on a database of its own, people who talk to it, and a clock that stands
 * still. There is nothing to mock and nothing to wait for.
 *
 *   npm run setup
 *   node --test examples/command/
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestBot } from 'reeve/testing';
import { stockChanged, stockCommands } from './stock.js';

test('an operator puts something on the shelf, and it stands in the record', async () => {
  const bot = await createTestBot({ actions: [stockChanged], commands: stockCommands });
  const ana = bot.user('+12025550101', { role: 'OPERATOR', name: 'Ana' });
  await ana.says('!stock put tea 12').replies(/tea: 12 on the shelf\. Case #\d+/);
  await ana
    .in('Warehouse')
    .says('!stock put tea -2')
    .replies(/tea: 10/);

  const [first, second] = await bot.events('action:STOCK_CHANGED');
  assert.equal(first.actorName, 'Ana');
  assert.equal(second.before, '{"count":12}');
  assert.equal((await bot.verify()).verdict, 'intact');
  await bot.close();
});

test('what cannot be is refused, changes nothing, and is recorded as a failure or a denial', async () => {
  const bot = await createTestBot({ actions: [stockChanged], commands: stockCommands });
  const ana = bot.user('+12025550101', { role: 'OPERATOR', name: 'Ana' });
  const bo = bot.user('+12025550102', { name: 'Bo' });
  await ana.says('!stock put tea lots').replies(/a whole number/, 'stock put tea 12');
  await ana.says('!stock put tea -1').replies(/no more than 0/);
  await bo.says('!stock put tea 1').replies(/You may not run/);

  const outcomes = (await bot.events('outcome:failure,denied')).map(({ outcome }) => outcome);
  assert.ok(outcomes.includes('failure') && outcomes.includes('denied'));
  assert.deepEqual(await bot.events('action:STOCK_CHANGED outcome:success'), []);
  await bot.close();
});
