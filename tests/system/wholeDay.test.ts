import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestBot, type TestBot } from '../../src/testing/index.js';
import { startChild } from '../support/children.js';
import { freshSqlite } from '../support/databases.js';
import { type OwnPostgres, startOwnPostgres } from '../support/postgres.js';

/**
 * One day of a bot, from the first owner in the morning to the verification in the evening: owners, admins and
 * strangers, a flood, mistakes, an outage of the database, and a restart. On both databases.
 */
interface Place {
  url: string;
  takeAway(): Promise<void>;
  giveBack(): Promise<void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MORNING = Date.UTC(2031, 4, 14, 6);

const ANA = '+12025550100';
const BO = '+12025550101';
const CY = '+12025550102';
const DEE = '+493023125001';
const ZED = '+12025550150';

let bot: TestBot | null = null;
afterEach(async () => {
  await bot?.close();
  bot = null;
});

let server: OwnPostgres;
beforeAll(async () => {
  server = await startOwnPostgres();
});
afterAll(() => server.stop());

async function sqlite(): Promise<Place> {
  const database = await freshSqlite();
  if (database.kind !== 'sqlite') throw new Error('not a file');
  let lock: ReturnType<typeof startChild> | null = null;
  return {
    url: `file:${database.path}`,
    takeAway: async () => {
      lock = startChild('holdLock.js', database.path);
      await lock.next();
    },
    giveBack: async () => {
      lock!.tell('go');
      await lock!.next();
      await lock!.end();
    },
  };
}

const postgresql = async (): Promise<Place> => ({
  url: await server.newDatabase(),
  takeAway: () => server.stopServer(),
  giveBack: () => server.startServer(),
});

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgresql],
])('a whole day (%s)', (_, placeOf) => {
  test('is in the record, whole, as it happened', async () => {
    const place = await placeOf();
    const env = {
      DATABASE_URL: place.url,
      REEVE_COUNTRY: 'DE',
      AUDIT_BLOCK_MAX_MS: '400',
      REEVE_INSTANCE: 'day',
    };
    bot = await createTestBot({ owners: [ANA], env, now: MORNING });
    const day = bot;
    const { settings } = day.services;

    // Six o'clock: the owner sets the house in order.
    const ana = day.user(ANA, { name: 'Ana' });
    await ana.says('!help').replies(/`!role` .*promote/);
    await ana.says(`!role promote ${BO} admin reason:"runs the desk"`).replies(/ADMIN/, /#\d+/);
    const bo = day.user(BO, { name: 'Bo' });
    expect(bo.received.join('\n')).toMatch(/ADMIN/);
    // In the form in which it is written in the country.
    await bo.says('!whitelist add "030 23125001"').replies(/whitelist/);
    for (const phone of [ANA, BO, CY]) await ana.says(`!whitelist add ${phone}`).replies(/#\d+/);
    const { code } = await ana.says('!whitelist on').replies(/confirm/);
    await bo.says(`!confirm ${code}`).replies(/no|not|code/i);
    await ana.says(`!confirm ${code}`).replies(/on/i);

    // Nine: work. Somebody learns what they may not do.
    await day.advance(3 * HOUR);
    const cy = day.user(CY, { name: 'Cy *bold* _x_' });
    const dee = day.user(DEE, { name: 'Dee' });
    await cy.in('Team').says('!config set limits.user off').replies(/may/i);
    await bo
      .in('Team')
      .says('!role promote', { replyTo: cy })
      .replies(/OPERATOR/);
    await cy.says(`!role promote ${DEE}`).replies(/may/i);
    await bo.says(`!role promote ${DEE} owner`).replies(/OWNER/i);
    await bo.says('!config set breaker.pause 1m').replies(/breaker\.pause/);
    await bo.says('!config set breaker.pause soon').replies(/\d/);
    await dee.says('!mydata').replies(/#|nothing/i);
    await cy.edits('!role promote me owner');
    await cy.says('!status', { at: day.clock.now() - HOUR });

    // Noon: a stranger floods. Owners are not starved by it.
    await day.advance(3 * HOUR);
    const zed = day.user(ZED);
    for (let n = 0; n < 60; n++) await zed.says(`!audit list ${n}`);
    await ana.says('!audit list').replies(/#\d+/);
    for (let n = 0; n < 40; n++) await dee.in('Team').says('!help');
    await ana.in('Team').says('!status').replies(/./);
    await day.advance(2 * MINUTE);

    // Three: the database goes away, and comes back.
    await day.advance(3 * HOUR);
    await place.takeAway();
    await bo.says(`!role demote ${CY}`).replies(/database|busy|away|minute/i);
    await zed.says('!help');
    await place.giveBack();
    await day.advance(MINUTE);
    await day.record.flush();
    expect(day.record.status()).toMatchObject({ state: 'ok', spooled: 0, shed: 0 });
    await bo.says(`!role show ${CY}`).replies(/OPERATOR/);

    // Six: questions about the day.
    await day.advance(3 * HOUR);
    await ana.says('!audit search desk').replies(/#\d+/);
    const { documents } = await ana.in('Team').says('!audit export csv since:1d').replies();
    expect(documents).toHaveLength(1);
    const { pictures } = await ana.says('!audit stats 1d').replies();
    expect(pictures[0]!.bytes.subarray(1, 4).toString()).toBe('PNG');
    const promoted = (await day.events(`action:role.change entity:${CY}`)).at(-1)!;
    await ana.says(`!undo ${promoted.seq}`).replies(/USER|taken back/);
    await ana.says('!audit verify full').replies(/intact|verif|whole/i);

    // Midnight.
    expect(settings.get(settings.named('whitelist.enabled'))).toBe(true);
    const verdict = await day.verify();
    expect(verdict).toMatchObject({ verdict: 'intact', isValid: true });
    const events = await day.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const outcomes = new Map<string, number>();
    for (const { action, outcome } of events) {
      const key = `${action} ${outcome}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
    expect(outcomes.get('ROLE_CHANGE success')).toBe(4);
    expect(outcomes.get('COMMAND_IGNORED ignored')).toBeGreaterThanOrEqual(1);
    expect(outcomes.get('WHITELIST_CHANGE success')).toBe(5);
    // Sixty refusals in a minute are two entries: the first, and the sum of the others.
    const flood = await day.events(`actor:${ZED} action:permission.denied until:${iso(MORNING + 8 * HOUR)}`);
    expect(flood).toHaveLength(2);
    expect(JSON.parse(flood[1]!.metadata!)).toMatchObject({ suppressed: 59 });
  }, 120_000);
});

const iso = (ms: number): string => new Date(ms).toISOString();
