/**
 * The chat under load: 200 commands a second from 50 people in 20 chats, on a clock that does not wait for answers.
 * Every command must be answered, in each chat in the order in which it was written, 99 of 100 within 250 ms.
 */
import { pino } from 'pino';
import { Bot } from '../dist/chat/bot.js';
import { systemClock } from '../dist/config/clock.js';
import { loadConfig } from '../dist/config/config.js';
import { MemoryGateway } from '../dist/testing/memoryGateway.js';
import { Databases, floor, openRecord, percentile, table } from './support.js';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 30);
const PER_SECOND = 200;
const PEOPLE = 50;
const CHATS = 20;

const phone = (n) => `+120255501${String(n).padStart(2, '0')}`;

/** What people ask: mostly reading, one in ten changes something. */
const ASKED = [
  () => '!help',
  () => '!audit list',
  () => '!status',
  (n) => `!role show ${phone(n % PEOPLE)}`,
  () => '!audit list category:admin since:1h',
  () => '!config list',
  () => '!help role promote',
  (n) => `!role why ${phone(n % PEOPLE)} audit list`,
  (n) => `!whitelist ${n % 20 === 8 ? 'add' : 'remove'} ${phone(60 + (n % 30))}`,
  () => '!limits show',
];

/** Notes when the answer to each message left, and in which order the answers of each chat did. */
class TimedGateway extends MemoryGateway {
  answered = new Map();
  order = new Map();

  async send(chatId, message) {
    const { quotes } = message;
    if (quotes !== undefined && !this.answered.has(quotes)) {
      this.answered.set(quotes, performance.now());
      this.order.set(chatId, [...(this.order.get(chatId) ?? []), quotes]);
    }
  }
}

export async function chat(kind) {
  const databases = new Databases();
  const { database, dataDir } = await databases.fresh(kind);
  const url = database.kind === 'sqlite' ? `file:${database.path}` : database.url;
  const owners = [0, 1, 2, 3, 4].map(phone).join(',');
  const env = { DATABASE_URL: url, REEVE_DATA_DIR: dataDir, REEVE_INSTANCE: 'bench', REEVE_OWNERS: owners };
  const config = loadConfig({ env, cwd: '/' });
  const record = await openRecord(database, dataDir);
  const gateway = new TimedGateway();
  const log = pino({ level: 'silent' });
  const bot = await Bot.open({ config, record, gateway, clock: systemClock, log });
  const { settings, membership } = bot.services;
  for (const key of ['limits.user', 'limits.chat', 'limits.everyone']) await settings.set(key, 'off', {});
  for (let n = 5; n < 25; n++) await membership.promoteToAdmin(phone(n));
  await bot.start();

  const written = new Map();
  const inOrder = new Map();
  const total = PER_SECOND * SECONDS;
  const start = performance.now();
  for (let n = 0; n < total; n++) {
    const due = start + (n * 1000) / PER_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const group = `team ${n % CHATS}`;
    const from = phone((n * 7) % PEOPLE);
    const key = gateway.write({ from, text: ASKED[n % ASKED.length](n), group });
    // From when it was due: a loop that is late would otherwise flatter itself.
    written.set(key, due);
    const chatId = gateway.groupChat(group);
    inOrder.set(chatId, [...(inOrder.get(chatId) ?? []), key]);
  }
  await bot.drained();
  const took = performance.now() - start;
  await bot.close();
  await record.close();
  await databases.close();

  const times = [...written].flatMap(([key, at]) => {
    const answered = gateway.answered.get(key);
    return answered === undefined ? [] : [answered - at];
  });
  const lost = total - times.length;
  let swapped = 0;
  for (const [chatId, keys] of inOrder) {
    const answers = gateway.order.get(chatId) ?? [];
    const asked = keys.filter((key) => gateway.answered.has(key));
    swapped += asked.filter((key, index) => answers[index] !== key).length;
  }
  table(
    `${PER_SECOND} commands a second for ${SECONDS} s, ${CHATS} chats, ${kind}: milliseconds to the answer`,
    [
      { name: 'p50', value: percentile(times, 0.5) },
      { name: 'p99', value: percentile(times, 0.99) },
      { name: 'longest', value: Math.max(...times) },
    ],
    'ms',
  );
  console.log(`  ${total} commands in ${(took / 1000).toFixed(1)} s`);
  floor(`${kind}: commands without an answer`, lost, 0, 'less');
  floor(`${kind}: answers out of order in their chat`, swapped, 0, 'less');
  floor(`${kind}: p99 to the answer, ms`, percentile(times, 0.99), 250, 'less');
}
